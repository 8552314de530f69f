#include "mainwindow/messagebar.h"

#include "theme/theme.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace Orgtrace::Ui {

MessageBar::MessageBar(QWidget *parent) :
    QFrame(parent), m_text(new QLabel), m_action(new QPushButton), m_second(new QPushButton),
    m_close(new QPushButton(QString(QChar(0x00d7))))
{
    m_text->setTextFormat(Qt::PlainText); // details may quote what came from outside
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_close->setProperty("flat", true);
    m_close->setAccessibleName(tr("Dismiss this message"));
    m_close->setToolTip(tr("Dismiss (Esc)"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 6, 8, 6);
    row->addWidget(m_text, 1);
    row->addWidget(m_action);
    row->addWidget(m_second);
    row->addWidget(m_close);
    connect(m_close, &QPushButton::clicked, this, &MessageBar::dismiss);
    const auto whenClicked = [this](QPushButton *button, std::function<void()> MessageBar::*member) {
        connect(button, &QPushButton::clicked, this, [this, member] {
            const std::function<void()> act = this->*member;
            dismiss();
            if (act) {
                act();
            }
        });
    };
    whenClicked(m_action, &MessageBar::m_act);
    whenClicked(m_second, &MessageBar::m_secondAct);
    hide();
}

void MessageBar::showMessage(Kind kind, const QString &text, const QString &action, std::function<void()> act)
{
    m_kind = kind;
    m_text->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    m_act = std::move(act);
    setSecondAction({}, {});
    setAccessibleName(kind == Kind::Problem ? tr("Problem: %1").arg(text) : text);
    show();
    update();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageBar::setSecondAction(const QString &action, std::function<void()> act)
{
    m_second->setText(action);
    m_second->setVisible(!action.isEmpty());
    m_secondAct = std::move(act);
}

void MessageBar::dismiss()
{
    hide();
    m_act = nullptr;
    m_secondAct = nullptr;
}

QString MessageBar::text() const
{
    return m_text->text();
}

void MessageBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_kind == Kind::Problem ? Theme::rowRemoved() : Theme::rowAdded());
    painter.fillRect(QRect(0, 0, 4, height()), m_kind == Kind::Problem ? Theme::removed() : Theme::added());
    painter.setPen(Theme::hairline());
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

void MessageBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        dismiss();
    } else {
        QFrame::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
