#pragma once

#include "capture/capturewords.h"

#include <QWidget>

namespace Orgtrace::Ui {

/// Sentences below each other, each with the mark of its severity; they wrap, can be selected, and are read out with the word for the mark.
class NoteList final : public QWidget
{
    Q_OBJECT
public:
    explicit NoteList(QWidget *parent = nullptr);
    void setNotes(const QList<CaptureNote> &notes); ///< hidden where there are none
    [[nodiscard]] QStringList texts() const;

private:
    QList<CaptureNote> m_notes;
};

} // namespace Orgtrace::Ui
