#include "capture/capturemodel.h"

#include "capture/capturewords.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCoreApplication>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 RateFromMs = 500; // a rate over less says nothing

DomainFate fateOf(const Capture::Progress &progress)
{
    if (progress.state.isEmpty()) {
        return DomainFate::Waiting;
    }
    if (progress.state == "reading"_L1) {
        return DomainFate::Reading;
    }
    switch (Evidence::ledgerStateFromName(progress.state).value_or(Evidence::LedgerState::Carried)) {
    case Evidence::LedgerState::Complete:
        return progress.quarantined > 0 || progress.failedParents > 0 ? DomainFate::Flawed : DomainFate::Whole;
    case Evidence::LedgerState::Carried: return DomainFate::Carried;
    case Evidence::LedgerState::Forbidden: return DomainFate::Forbidden;
    case Evidence::LedgerState::NotOffered: return DomainFate::NotOffered;
    }
    return DomainFate::Carried;
}

/// The order of a summary: what wants somebody to act comes first.
int rankOf(DomainFate fate)
{
    switch (fate) {
    case DomainFate::Forbidden: return 0;
    case DomainFate::Carried: return 1;
    case DomainFate::Flawed: return 2;
    case DomainFate::Reading:
    case DomainFate::Waiting: return 3;
    case DomainFate::NotOffered: return 5;
    case DomainFate::Whole: break;
    }
    return 4;
}

} // namespace

QString domainFateText(DomainFate fate)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Capture", text); };
    switch (fate) {
    case DomainFate::Waiting: return tr("waiting");
    case DomainFate::Reading: return tr("reading");
    case DomainFate::Whole: return tr("complete");
    case DomainFate::Flawed: return tr("with exceptions");
    case DomainFate::Carried: return tr("carried forward");
    case DomainFate::Forbidden: return tr("forbidden");
    case DomainFate::NotOffered: return tr("not offered");
    }
    return {};
}

CaptureModel::CaptureModel(QObject *parent) : QAbstractTableModel(parent) { }

void CaptureModel::begin(const QHash<QString, int> &expectedPages)
{
    beginResetModel();
    m_rows.clear();
    m_index.clear();
    m_expected = expectedPages;
    m_counts = {};
    m_items = 0;
    m_told = 0;
    m_firstTouched = m_lastTouched = m_reading = -1;
    m_hasEnded = false;
    endResetModel();
}

void CaptureModel::setFate(Row &row, DomainFate fate)
{
    --m_counts[static_cast<size_t>(row.fate)];
    row.fate = fate;
    ++m_counts[static_cast<size_t>(row.fate)];
}

void CaptureModel::touch(int row)
{
    if (row >= m_told) {
        return; // news anyway
    }
    m_firstTouched = m_firstTouched < 0 ? row : std::min(m_firstTouched, row);
    m_lastTouched = std::max(m_lastTouched, row);
}

void CaptureModel::take(const Capture::Progress &progress, qint64 nowMs)
{
    if (progress.domain.isEmpty() || progress.state == "writing"_L1 || progress.state == "pushing"_L1) {
        return; // of the run as a whole
    }
    int at = m_index.value(progress.domain, -1);
    if (at < 0) {
        at = static_cast<int>(m_rows.size());
        m_index.insert(progress.domain, at);
        m_rows.append(Row());
        ++m_counts[static_cast<size_t>(DomainFate::Waiting)];
    }
    Row &row = m_rows[at];
    m_items += progress.items - row.last.items;
    row.last = progress;
    setFate(row, fateOf(progress));
    if (row.sinceMs < 0 && row.fate != DomainFate::Waiting) {
        row.sinceMs = nowMs;
    }
    row.spentMs = row.sinceMs < 0 ? 0 : nowMs - row.sinceMs;
    if (row.fate == DomainFate::Reading) {
        m_reading = at;
    } else if (m_reading == at) {
        m_reading = -1;
    }
    touch(at);
}

void CaptureModel::flush(qint64 nowMs)
{
    if (m_reading >= 0) {
        Row &row = m_rows[m_reading]; // its time goes on while nothing comes
        row.spentMs = std::max<qint64>(0, nowMs - row.sinceMs);
        touch(m_reading);
    }
    if (const int now = static_cast<int>(m_rows.size()); now > m_told) {
        beginInsertRows({}, m_told, now - 1);
        m_told = now;
        endInsertRows();
    }
    if (m_firstTouched >= 0) {
        const int first = std::exchange(m_firstTouched, -1), last = std::exchange(m_lastTouched, -1);
        Q_EMIT dataChanged(index(first, 0), index(last, ColumnCount - 1));
    }
}

void CaptureModel::end(const Evidence::Manifest *manifest)
{
    for (int at = 0; at < m_rows.size(); ++at) {
        Row &row = m_rows[at];
        const Evidence::LedgerRow *const kept = manifest ? manifest->row(row.last.domain) : nullptr;
        if (kept) { // what is kept is what counts
            m_items += kept->entities - row.last.items;
            row.last.items = kept->entities;
            row.last.quarantined = kept->quarantined.size();
            row.last.failedParents = kept->failedParents.size();
            row.last.state = Evidence::ledgerStateName(kept->state);
            row.neverSeen = kept->state == Evidence::LedgerState::Carried && kept->observedIn.isEmpty();
            setFate(row, fateOf(row.last));
        } else if (row.fate == DomainFate::Reading) {
            row.last.state.clear();
            row.sinceMs = -1;
            setFate(row, DomainFate::Waiting);
        }
        touch(at);
    }
    m_reading = -1;
    m_hasEnded = true;
    flush(0);
}

int CaptureModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_told;
}

int CaptureModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

std::optional<double> CaptureModel::partOf(const Row &row) const
{
    if (row.fate != DomainFate::Reading) {
        return row.fate == DomainFate::Waiting ? 0.0 : 1.0;
    }
    if (row.last.announced && *row.last.announced > 0) {
        return std::clamp(static_cast<double>(row.last.items) / static_cast<double>(*row.last.announced), 0.0, 1.0);
    }
    if (const int pages = m_expected.value(row.last.domain); pages > 0) {
        constexpr double never = 0.95; // the last time's pages are no promise
        return std::clamp(static_cast<double>(row.last.pages) / pages, 0.0, never);
    }
    return std::nullopt;
}

double CaptureModel::weightOf(const Row &row) const
{
    return m_expected.isEmpty() ? 1 : std::max(1, m_expected.value(row.last.domain, 1));
}

double CaptureModel::part() const
{
    double all = 0, done = 0;
    for (const Row &row : m_rows) {
        const double weight = weightOf(row);
        all += weight;
        done += weight * partOf(row).value_or(0);
    }
    return all > 0 ? done / all : 0;
}

QHash<QString, QString> CaptureModel::titles() const
{
    QHash<QString, QString> titles;
    for (const Row &row : m_rows) {
        titles.insert(row.last.domain, row.last.title.isEmpty() ? row.last.domain : row.last.title);
    }
    return titles;
}

double CaptureModel::requestsLeft() const
{
    double left = 0;
    for (const Row &row : m_rows) {
        left += weightOf(row) * (1 - partOf(row).value_or(0));
    }
    return isWeighed() ? left : 0;
}

QString CaptureModel::note(const Row &row) const
{
    switch (row.fate) {
    case DomainFate::Forbidden:
    case DomainFate::Carried: {
        QString text = row.last.failure ? failureText(*row.last.failure, row.last.permissionsAny) : QString();
        if (row.neverSeen) {
            text = text.isEmpty() ? tr("Never read before.") : tr("%1 Never read before.").arg(text);
        }
        return text;
    }
    case DomainFate::Flawed: {
        QStringList parts;
        if (row.last.quarantined > 0) {
            parts.append(counted(row.last.quarantined, tr("1 entity in quarantine"), tr("%1 entities in quarantine")));
        }
        if (row.last.failedParents > 0) {
            parts.append(counted(row.last.failedParents, tr("nothing read of 1 entity"), tr("nothing read of %1 entities")));
        }
        return parts.join(u" · "_s);
    }
    case DomainFate::NotOffered: return tr("This organisation does not have it. Nothing to do.");
    case DomainFate::Waiting:
    case DomainFate::Reading:
    case DomainFate::Whole: break;
    }
    return {};
}

QVariant CaptureModel::text(const Row &row, int column) const
{
    const bool isMet = row.fate != DomainFate::Waiting;
    const bool isRead = row.fate == DomainFate::Reading || row.fate == DomainFate::Whole || row.fate == DomainFate::Flawed;
    switch (column) {
    case DomainColumn: return visibleText(row.last.title.isEmpty() ? row.last.domain : row.last.title, 80);
    case GroupColumn: return visibleText(row.last.group, 60);
    case StateColumn: return m_hasEnded && row.fate == DomainFate::Waiting ? tr("not reached") : domainFateText(row.fate);
    case ItemsColumn:
        if (!isRead) {
            return {};
        }
        if (row.fate == DomainFate::Reading && row.last.announced && *row.last.announced > row.last.items) {
            return tr("%1 of %2").arg(countText(row.last.items), countText(*row.last.announced));
        }
        return countText(row.last.items);
    case PagesColumn: return isMet && row.last.pages > 0 ? countText(row.last.pages) : QString();
    case RetriesColumn: return row.last.domainRetries > 0 ? countText(row.last.domainRetries) : QString();
    case RateColumn:
        if (!isRead || row.spentMs < RateFromMs || row.last.items == 0) {
            return {};
        }
        return tr("%1/s").arg(countText(std::llround(static_cast<double>(row.last.items) * 1000 / static_cast<double>(row.spentMs))));
    case TimeColumn: return isMet ? spentText(row.spentMs) : QString();
    case NoteColumn: return note(row);
    default: return {};
    }
}

QVariant CaptureModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row &row = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return text(row, index.column());
    case FateRole: return static_cast<int>(row.fate);
    case PartRole: {
        const std::optional<double> part = row.fate == DomainFate::Reading ? partOf(row) : std::nullopt;
        return part ? QVariant(*part) : QVariant();
    }
    case Qt::TextAlignmentRole: {
        const bool isNumber = index.column() >= ItemsColumn && index.column() <= TimeColumn;
        return QVariant(static_cast<int>(isNumber ? Qt::AlignRight : Qt::AlignLeft) | static_cast<int>(Qt::AlignVCenter));
    }
    case Qt::ToolTipRole:
        if (row.last.failure && row.fate != DomainFate::NotOffered) {
            return visibleText(errorText(*row.last.failure), 400).toHtmlEscaped();
        }
        return index.column() == NoteColumn ? QVariant(note(row)) : QVariant();
    case Qt::AccessibleTextRole:
        if (index.column() == DomainColumn) {
            const QString title = text(row, DomainColumn).toString();
            return QString(title + u", "_s + domainFateText(row.fate) + u". "_s + note(row)).trimmed();
        }
        return text(row, index.column());
    default: return {};
    }
}

QVariant CaptureModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool isNumber = section >= ItemsColumn && section <= TimeColumn;
        return QVariant(static_cast<int>(isNumber ? Qt::AlignRight : Qt::AlignLeft) | static_cast<int>(Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case DomainColumn: return tr("Domain");
    case GroupColumn: return tr("Area");
    case StateColumn: return tr("State");
    case ItemsColumn: return tr("Items");
    case PagesColumn: return tr("Pages");
    case RetriesColumn: return tr("Retries");
    case RateColumn: return tr("Rate");
    case TimeColumn: return tr("Time");
    case NoteColumn: return tr("What to do");
    default: return {};
    }
}

CaptureFilter::CaptureFilter(QObject *parent) : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(true);
    setFilterRole(CaptureModel::FateRole);
}

void CaptureFilter::setFates(const QList<DomainFate> &fates)
{
    m_fates = fates;
    invalidateRowsFilter();
}

void CaptureFilter::setTroubleFirst(bool first)
{
    sort(first ? 0 : -1); // -1: as the source has them
}

bool CaptureFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    if (m_fates.isEmpty()) {
        return true;
    }
    return m_fates.contains(static_cast<DomainFate>(sourceModel()->index(row, 0, parent).data(CaptureModel::FateRole).toInt()));
}

bool CaptureFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const auto rank = [](const QModelIndex &index) { return rankOf(static_cast<DomainFate>(index.data(CaptureModel::FateRole).toInt())); };
    return std::pair(rank(left), left.row()) < std::pair(rank(right), right.row());
}

} // namespace Orgtrace::Ui
