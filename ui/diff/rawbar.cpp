#include "diff/rawbar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

RawBar::RawBar(QWidget *parent) :
    QWidget(parent), m_words(new QLabel(this)), m_reason(new QLineEdit(this)), m_show(new QPushButton(tr("Show"), this)),
    m_back(new QPushButton(tr("Back to normalised"), this))
{
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setWordWrap(true);
    m_reason->setPlaceholderText(tr("Reason, for example a ticket"));
    m_reason->setMaxLength(500);
    m_reason->setAccessibleName(tr("Reason to look at what was received"));
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_reason, 1000);
    row->addWidget(m_show);
    row->addWidget(m_back);
    row->addStretch(0);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 8, 14, 8);
    layout->setSpacing(6);
    layout->addWidget(m_words);
    layout->addLayout(row);
    const auto confirm = [this] {
        if (!m_reason->text().trimmed().isEmpty()) {
            Q_EMIT confirmed(m_reason->text().trimmed());
        }
    };
    m_back->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_show->setEnabled(false);
    connect(m_reason, &QLineEdit::textChanged, this, [this](const QString &text) { m_show->setEnabled(!text.trimmed().isEmpty()); });
    connect(m_reason, &QLineEdit::returnPressed, this, confirm);
    connect(m_show, &QPushButton::clicked, this, confirm);
    connect(m_back, &QPushButton::clicked, this, &RawBar::left);
    hide();
}

void RawBar::ask()
{
    m_words->setText(
        tr("As received shows what the platform answered, with every field and with secrets in the clear, from the sealed vault. "
           "The look is written to the signed activity log with your reason."));
    setAccessibleName(m_words->text());
    m_reason->show();
    m_show->show();
    show();
    m_reason->setFocus(Qt::OtherFocusReason);
}

void RawBar::say(const QString &sentence)
{
    m_words->setText(sentence);
    setAccessibleName(sentence);
    m_reason->hide();
    m_show->hide();
    show();
}

QString RawBar::sentence() const
{
    return m_words->text();
}

void RawBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT left();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace Orgtrace::Ui
