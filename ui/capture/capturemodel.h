#pragma once

#include "capture/capture.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

namespace Orgtrace::Ui {

/// What became of a domain, for marks, filters and order.
enum class DomainFate { Waiting, Reading, Whole, Flawed, Carried, Forbidden, NotOffered };
inline constexpr int DomainFates = 7;
[[nodiscard]] QString domainFateText(DomainFate fate); ///< "waiting", "complete", "carried forward" …

/// The domains of one capture run, in the order they are read, each with what is known of it.
///
/// Virtual and coalesced: take() only remembers, however often it is called; flush() tells the views once of everything since. No I/O, colour or selection.
/// Times are monotonic milliseconds of the caller's clock.
class CaptureModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        DomainColumn,
        GroupColumn,
        StateColumn,
        ItemsColumn,
        PagesColumn,
        RetriesColumn,
        RateColumn,
        TimeColumn,
        NoteColumn,
        ColumnCount
    };
    enum Role { FateRole = Qt::UserRole + 1, PartRole }; ///< PartRole: of the domain in work, 0 to 1; invalid where not known

    explicit CaptureModel(QObject *parent = nullptr);

    /// @param expectedPages of each domain as the last snapshot took them; empty: unknown
    void begin(const QHash<QString, int> &expectedPages);
    void take(const Capture::Progress &progress, qint64 nowMs);
    void flush(qint64 nowMs);
    void end(const Evidence::Manifest *manifest); ///< of the snapshot; nullptr: there is none, what was under way waits again

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    [[nodiscard]] const std::array<int, DomainFates> &counts() const { return m_counts; } ///< of rows, by fate
    [[nodiscard]] qint64 items() const { return m_items; }
    [[nodiscard]] QHash<QString, QString> titles() const; ///< by domain
    [[nodiscard]] double part() const; ///< 0 to 1, by weight where that is known
    [[nodiscard]] bool isWeighed() const { return !m_expected.isEmpty(); }
    [[nodiscard]] double requestsLeft() const; ///< where weighed

private:
    struct Row {
        Capture::Progress last;
        DomainFate fate = DomainFate::Waiting;
        qint64 sinceMs = -1; ///< its turn came; -1: not yet
        qint64 spentMs = 0;
        bool neverSeen = false; ///< carried, and there is nothing to carry
    };
    [[nodiscard]] QVariant text(const Row &row, int column) const;
    [[nodiscard]] QString note(const Row &row) const;
    [[nodiscard]] std::optional<double> partOf(const Row &row) const;
    [[nodiscard]] double weightOf(const Row &row) const;
    void setFate(Row &row, DomainFate fate);
    void touch(int row);

    QList<Row> m_rows;
    QHash<QString, int> m_index;
    QHash<QString, int> m_expected;
    std::array<int, DomainFates> m_counts{};
    qint64 m_items = 0;
    int m_told = 0; ///< rows the views know of
    int m_firstTouched = -1, m_lastTouched = -1;
    int m_reading = -1; ///< the row in work
    bool m_hasEnded = false;
};

/// Shows some fates only, and the troubled ones first once that is asked for.
class CaptureFilter final : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit CaptureFilter(QObject *parent = nullptr);
    void setFates(const QList<DomainFate> &fates); ///< empty: all
    void setTroubleFirst(bool first);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QList<DomainFate> m_fates;
};

} // namespace Orgtrace::Ui
