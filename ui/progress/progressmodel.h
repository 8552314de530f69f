#pragma once

#include "capture/capture.h"

#include <QAbstractListModel>

namespace Orgtrace::Ui {

/// The domains of a run in the order they were met, each with what is known of it. No I/O, colour or selection.
class ProgressModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { StateRole = Qt::UserRole + 1, ItemsRole, AnnouncedRole, StateTextRole };
    struct Row {
        QString domain, title, state;
        qint64 items = 0;
        std::optional<qint64> announced;
    };
    explicit ProgressModel(QObject *parent = nullptr);

    void clear();
    void take(const Capture::Progress &progress); ///< adds or updates one domain; no domain: only totals
    void restart(); ///< the next snapshot of the same run: every domain waits again

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] qint64 items() const; ///< read so far in this snapshot
    [[nodiscard]] int lastRow() const { return m_last; } ///< the one taken last; -1: none

private:
    QList<Row> m_rows;
    QHash<QString, int> m_index;
    int m_last = -1;
};

/// A run's state in words: "reading", "complete", "carried forward from the last snapshot" …
[[nodiscard]] QString progressStateText(const QString &state);

/// Part done of a snapshot, 0 to 1; the domain in work counts by its items where their number was announced.
[[nodiscard]] double progressPart(const Capture::Progress &progress);

/// "3,412 items · 210/s · 14 s so far · about 6 s left"; rate and estimate only once they mean something.
[[nodiscard]] QString progressLine(double part, qint64 items, qint64 elapsedMs);

} // namespace Orgtrace::Ui
