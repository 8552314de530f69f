#include "audit/auditmodel.h"

#include "audit/auditwords.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QFont>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

AuditEventsPtr readEvents(const QList<Evidence::AuditLine> &lines, const QHash<QString, QString> &names)
{
    auto out = std::make_shared<AuditEvents>();
    out->events.reserve(lines.size());
    for (const Evidence::AuditLine &line : lines) {
        Result<Audit::Event> event = Audit::parseLine(line.line);
        if (!event) {
            ++out->unreadable;
            continue;
        }
        out->haystacks.append((actorText(*event, names) + u' ' + event->action + u' ' + actionText(event->action) + u' '
                               + entityText(*event, names) + u' ' + event->service + u' ' + event->remoteIps.join(u' ') + u' ' + event->id
                               + u' ' + event->entityId + u' ' + event->userId)
                                  .toLower());
        out->events.append(std::move(*event));
    }
    return out;
}

QList<int> filterEvents(const AuditEvents &events, const QString &text)
{
    const QStringList words = text.toLower().simplified().split(u' ', Qt::SkipEmptyParts);
    QList<int> rows;
    for (int i = 0; i < events.events.size(); ++i) {
        if (std::ranges::all_of(words, [&](const QString &word) { return events.haystacks[i].contains(word); })) {
            rows.append(i);
        }
    }
    return rows;
}

void AuditModel::setEvents(AuditEventsPtr events, QList<int> rows, QHash<QString, QString> names)
{
    beginResetModel();
    m_events = std::move(events);
    m_rows = std::move(rows);
    m_names = std::move(names);
    endResetModel();
}

void AuditModel::setRows(QList<int> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void AuditModel::setMarked(const QSet<QString> &eventIds)
{
    m_marked = eventIds;
    if (!m_rows.isEmpty()) {
        Q_EMIT dataChanged(index(0, 0), index(int(m_rows.size()) - 1, ColumnCount - 1), {Qt::FontRole, OfChangeRole, Qt::DisplayRole});
    }
}

const Audit::Event *AuditModel::eventAt(const QModelIndex &index) const
{
    return m_events && index.isValid() && index.row() < m_rows.size() ? &m_events->events[m_rows[index.row()]] : nullptr;
}

QModelIndex AuditModel::firstMarked() const
{
    if (m_marked.isEmpty()) {
        return {};
    }
    const auto it = std::ranges::find_if(m_rows, [this](int row) { return m_marked.contains(m_events->events[row].id); });
    return it == m_rows.cend() ? QModelIndex() : index(int(it - m_rows.cbegin()), 0);
}

QModelIndex AuditModel::indexOf(const QString &eventId) const
{
    for (int row = 0; m_events && row < m_rows.size(); ++row) {
        if (m_events->events[m_rows[row]].id == eventId) {
            return index(row, 0);
        }
    }
    return {};
}

int AuditModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}
int AuditModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant AuditModel::data(const QModelIndex &index, int role) const
{
    const Audit::Event *event = this->eventAt(index);
    if (!event || index.column() >= ColumnCount) {
        return {};
    }
    switch (role) {
    case EventIdRole: return event->id;
    case OfChangeRole: return m_marked.contains(event->id);
    case Qt::FontRole:
        if (m_marked.contains(event->id)) {
            QFont bold;
            bold.setWeight(QFont::DemiBold);
            return bold;
        }
        return {};
    case Qt::ToolTipRole:
        switch (index.column()) {
        case TimeColumn: return utcAndLocalText(event->timeUtc);
        case ActorColumn: return visibleText(event->userId).toHtmlEscaped();
        case EntityColumn: return visibleText(event->entityId).toHtmlEscaped();
        default: return {};
        }
    case Qt::DisplayRole: break;
    default: return {};
    }
    switch (index.column()) {
    case TimeColumn: return QLocale::c().toString(event->timeUtc.toUTC(), u"d MMM yyyy HH:mm:ss"_s);
    case ActorColumn: return actorText(*event, m_names);
    case ActionColumn: return actionText(event->action);
    case EntityColumn: return QString((m_marked.contains(event->id) ? u"• "_s : QString()) + entityText(*event, m_names));
    case OriginColumn: return originText(*event);
    case ServiceColumn: return visibleText(event->service, 60);
    default: return {};
    }
}

QVariant AuditModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case TimeColumn: return tr("Time (UTC)");
    case ActorColumn: return tr("Actor");
    case ActionColumn: return tr("Action");
    case EntityColumn: return tr("Entity");
    case OriginColumn: return tr("From where");
    case ServiceColumn: return tr("Service");
    default: return {};
    }
}

} // namespace Orgtrace::Ui
