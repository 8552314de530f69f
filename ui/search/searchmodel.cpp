#include "search/searchmodel.h"

#include <algorithm>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

void SearchModel::setRows(QList<SearchRow> rows)
{
    if (rows == m_rows) {
        return;
    }
    const auto same = std::ranges::mismatch(std::as_const(rows), std::as_const(m_rows));
    const int keep = static_cast<int>(same.in1 - rows.cbegin());
    if (keep < m_rows.size()) {
        beginRemoveRows({}, keep, static_cast<int>(m_rows.size()) - 1);
        m_rows.resize(keep);
        endRemoveRows();
    }
    if (keep < rows.size()) {
        beginInsertRows({}, keep, static_cast<int>(rows.size()) - 1);
        m_rows = std::move(rows);
        endInsertRows();
    }
}

const SearchRow *SearchModel::row(const QModelIndex &index) const
{
    return index.isValid() && index.row() < m_rows.size() ? &m_rows.at(index.row()) : nullptr;
}

int SearchModel::nextChoosable(int from, int by) const
{
    for (int at = from; at >= 0 && at < m_rows.size(); at += by) {
        if (m_rows.at(at).isChoosable()) {
            return at;
        }
    }
    return -1;
}

int SearchModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant SearchModel::data(const QModelIndex &index, int role) const
{
    const SearchRow *shown = row(index);
    if (!shown) {
        return {};
    }
    switch (role) {
    case Qt::DisplayRole: return shown->title;
    case Qt::ToolTipRole:
        return shown->tip.isEmpty() ? QVariant()
                                    : QVariant(u"<span>"_s + shown->tip.toHtmlEscaped().replace(u'\n', "<br>"_L1) + u"</span>"_s);
    case Qt::AccessibleTextRole: {
        QStringList parts{shown->title};
        for (const QString &part : {shown->chip, shown->detail, shown->when}) {
            if (!part.isEmpty()) {
                parts.append(part);
            }
        }
        return parts.join(u", "_s);
    }
    default: return {};
    }
}

Qt::ItemFlags SearchModel::flags(const QModelIndex &index) const
{
    const SearchRow *shown = row(index);
    return shown && shown->isChoosable() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren
                                         : Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
}

} // namespace Orgtrace::Ui
