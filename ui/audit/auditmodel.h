#pragma once

#include "audit/event.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QSet>

#include <memory>

namespace Orgtrace::Ui {

/// Events of a range, parsed once on a worker, shared and immutable.
struct AuditEvents {
    QList<Audit::Event> events; ///< by time
    QList<QString> haystacks; ///< lower-case text of each event for the filter
    qint64 unreadable = 0; ///< lines that did not parse: counted, never hidden
};
using AuditEventsPtr = std::shared_ptr<const AuditEvents>;
[[nodiscard]] AuditEventsPtr readEvents(const QList<Evidence::AuditLine> &lines,
                                        const QHash<QString, QString> &names); ///< pure; any thread
/// Indexes of the events in which every word occurs; pure; any thread.
[[nodiscard]] QList<int> filterEvents(const AuditEvents &events, const QString &text);

/// A window on shared events: rows are indexes, cells are made when they are painted.
class AuditModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { TimeColumn, ActorColumn, ActionColumn, EntityColumn, OriginColumn, ServiceColumn, ColumnCount };
    enum Role { EventIdRole = Qt::UserRole + 1, OfChangeRole }; ///< OfChangeRole: speaks about the change that is selected
    using QAbstractTableModel::QAbstractTableModel;

    void setEvents(AuditEventsPtr events, QList<int> rows, QHash<QString, QString> names);
    void setRows(QList<int> rows);
    void setMarked(const QSet<QString> &eventIds);
    [[nodiscard]] const Audit::Event *eventAt(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const QString &eventId) const;
    [[nodiscard]] QModelIndex firstMarked() const; ///< invalid where none of the rows is

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    AuditEventsPtr m_events;
    QList<int> m_rows;
    QHash<QString, QString> m_names;
    QSet<QString> m_marked;
};

} // namespace Orgtrace::Ui
