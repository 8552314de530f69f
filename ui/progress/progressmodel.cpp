#include "progress/progressmodel.h"

#include "theme/theme.h"

#include <QCoreApplication>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

ProgressModel::ProgressModel(QObject *parent) : QAbstractListModel(parent) { }

void ProgressModel::clear()
{
    beginResetModel();
    m_rows.clear();
    m_index.clear();
    m_last = -1;
    endResetModel();
}

void ProgressModel::restart()
{
    for (Row &row : m_rows) {
        row.state.clear();
        row.items = 0;
        row.announced.reset();
    }
    m_last = -1;
    if (!m_rows.isEmpty()) {
        Q_EMIT dataChanged(index(0), index(static_cast<int>(m_rows.size()) - 1));
    }
}

void ProgressModel::take(const Capture::Progress &progress)
{
    if (progress.domain.isEmpty()) {
        return;
    }
    const Row row{progress.domain, progress.title.isEmpty() ? progress.domain : progress.title, progress.state, progress.items,
                  progress.announced};
    const auto known = m_index.constFind(progress.domain);
    if (known == m_index.cend()) {
        m_last = static_cast<int>(m_rows.size());
        beginInsertRows({}, m_last, m_last);
        m_index.insert(progress.domain, m_last);
        m_rows.append(row);
        endInsertRows();
        return;
    }
    m_last = *known;
    m_rows[m_last] = row;
    Q_EMIT dataChanged(index(m_last), index(m_last));
}

int ProgressModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ProgressModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row &row = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return row.title;
    case Qt::AccessibleTextRole: return QString(row.title + u", "_s + progressStateText(row.state) + u", "_s + countText(row.items));
    case StateRole: return row.state;
    case StateTextRole: return progressStateText(row.state);
    case ItemsRole: return row.items;
    case AnnouncedRole: return row.announced ? QVariant(*row.announced) : QVariant();
    default: return {};
    }
}

qint64 ProgressModel::items() const
{
    qint64 sum = 0;
    for (const Row &row : m_rows) {
        sum += row.items;
    }
    return sum;
}

QString progressStateText(const QString &state)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Progress", text); };
    if (state.isEmpty()) {
        return tr("waiting");
    }
    if (state == "reading"_L1) {
        return tr("reading");
    }
    if (state == "writing"_L1) {
        return tr("writing");
    }
    if (state == "pushing"_L1) {
        return tr("pushing to the remote …");
    }
    if (state == "complete"_L1) {
        return tr("complete");
    }
    if (state == "carried"_L1) {
        return tr("not read; carried forward");
    }
    if (state == "forbidden"_L1) {
        return tr("forbidden");
    }
    if (state == "not-offered"_L1) {
        return tr("not offered here");
    }
    return state;
}

double progressPart(const Capture::Progress &progress)
{
    if (progress.domainsTotal <= 0) {
        return 0;
    }
    double done = progress.domainsDone;
    if (progress.state == "reading"_L1 && progress.announced && *progress.announced > 0 && progress.domainsDone < progress.domainsTotal) {
        done += std::clamp(static_cast<double>(progress.items) / static_cast<double>(*progress.announced), 0.0, 1.0);
    }
    return std::clamp(done / progress.domainsTotal, 0.0, 1.0);
}

QString progressLine(double part, qint64 items, qint64 elapsedMs)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Progress", text); };
    QStringList parts;
    parts.append(items == 1 ? tr("1 item") : tr("%1 items").arg(countText(items)));
    if (elapsedMs >= 500 && items > 0) {
        parts.append(tr("%1/s").arg(countText(std::llround(static_cast<double>(items) * 1000.0 / static_cast<double>(elapsedMs)))));
    }
    parts.append(tr("%1 so far").arg(durationText(elapsedMs)));
    if (elapsedMs >= 1500 && part > 0.03 && part < 1) {
        parts.append(tr("about %1 left").arg(durationText(static_cast<qint64>(static_cast<double>(elapsedMs) * (1 - part) / part))));
    }
    return parts.join(u" · "_s);
}

} // namespace Orgtrace::Ui
