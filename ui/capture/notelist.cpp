#include "capture/notelist.h"

#include "theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

class Mark final : public QWidget
{
public:
    explicit Mark(Policy::Severity severity) : m_severity(severity) { setFixedSize(12, 20); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        paintSeverity(painter, QRectF(1, 6, 10, 10), m_severity);
    }

private:
    Policy::Severity m_severity;
};

} // namespace

NoteList::NoteList(QWidget *parent) : QWidget(parent)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    setAccessibleName(tr("What to know and do"));
    hide();
}

void NoteList::setNotes(const QList<CaptureNote> &notes)
{
    m_notes = notes;
    while (QLayoutItem *item = layout()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const CaptureNote &note : notes) {
        auto *text = new QLabel;
        text->setTextFormat(Qt::PlainText); // names in it came from outside
        text->setText(note.text);
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        text->setAccessibleName(u"%1: %2"_s.arg(severityText(note.severity), note.text));
        auto *line = new QWidget;
        auto *row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(10);
        row->addWidget(new Mark(note.severity), 0, Qt::AlignTop);
        row->addWidget(text, 1);
        layout()->addWidget(line);
    }
    setVisible(!notes.isEmpty());
}

QStringList NoteList::texts() const
{
    QStringList texts;
    for (const CaptureNote &note : m_notes) {
        texts.append(note.text);
    }
    return texts;
}

} // namespace Orgtrace::Ui
