#include "changes/changesmodel.h"

#include "theme/theme.h"

#include <QMimeData>

#include <vector>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

ChangesModel::ChangesModel(QObject *parent) : QAbstractItemModel(parent), m_tree(std::make_shared<const ChangeTree>()) { }

void ChangesModel::setTree(std::shared_ptr<const ChangeTree> tree)
{
    beginResetModel();
    m_tree = std::move(tree);
    endResetModel();
}

const ChangeRow *ChangesModel::row(const QModelIndex &index) const
{
    if (!index.isValid() || index.model() != this || index.internalId() >= static_cast<quintptr>(m_tree->rows.size())) {
        return nullptr;
    }
    return &m_tree->rows.at(static_cast<qsizetype>(index.internalId()));
}

QModelIndex ChangesModel::indexOfRow(int row) const
{
    if (row < 0 || row >= m_tree->rows.size()) {
        return {};
    }
    return createIndex(m_tree->rows.at(row).place, 0, static_cast<quintptr>(row));
}

QModelIndex ChangesModel::index(int row, int column, const QModelIndex &parent) const
{
    if (column < 0 || column >= ColumnCount || row < 0 || (parent.isValid() && parent.column() != 0)) {
        return {};
    }
    const ChangeRow *above = this->row(parent);
    const QList<int> &children = above ? above->children : m_tree->top;
    return row < children.size() ? createIndex(row, column, static_cast<quintptr>(children.at(row))) : QModelIndex();
}

QModelIndex ChangesModel::parent(const QModelIndex &child) const
{
    const ChangeRow *one = row(child);
    return one ? indexOfRow(one->parent) : QModelIndex();
}

int ChangesModel::rowCount(const QModelIndex &parent) const
{
    const ChangeRow *above = row(parent);
    if (parent.isValid() && (!above || parent.column() != ChangeColumn)) {
        return 0;
    }
    return static_cast<int>((above ? above->children : m_tree->top).size());
}

int ChangesModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

bool ChangesModel::hasChildren(const QModelIndex &parent) const
{
    return rowCount(parent) > 0;
}

Qt::ItemFlags ChangesModel::flags(const QModelIndex &index) const
{
    const ChangeRow *one = row(index);
    if (!one) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (one->children.isEmpty()) {
        flags |= Qt::ItemNeverHasChildren; // a view asks this of each row it lays out
    }
    const bool isAside = one->kind == ChangeRow::Kind::NotComparable || one->kind == ChangeRow::Kind::NotComparableRow
        || one->kind == ChangeRow::Kind::LeftOut || one->kind == ChangeRow::Kind::LeftOutRow;
    return isAside ? flags : flags | Qt::ItemIsDragEnabled;
}

QVariant ChangesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case ChangeColumn: return tr("Change");
    case StarColumn: return tr("Star");
    case AttributionColumn: return tr("Attribution");
    default: return {};
    }
}

QList<int> ChangesModel::findingsOf(const QList<int> &rows) const
{
    std::vector<bool> isWanted(m_tree->entityRows.size());
    QList<int> open = rows;
    while (!open.isEmpty()) {
        const int at = open.takeLast();
        const ChangeRow &one = m_tree->rows.at(at);
        if (one.finding >= 0) {
            isWanted[static_cast<size_t>(m_tree->placeByFinding.at(one.finding))] = true;
        } else {
            open += one.children;
        }
    }
    QList<int> found;
    for (qsizetype i = 0; i < m_tree->entityRows.size(); ++i) {
        if (isWanted[static_cast<size_t>(i)]) {
            found.append(m_tree->rows.at(m_tree->entityRows.at(i)).finding);
        }
    }
    return found;
}

QStringList ChangesModel::mimeTypes() const
{
    return {u"text/plain"_s, u"text/uri-list"_s};
}

QMimeData *ChangesModel::mimeData(const QModelIndexList &indexes) const
{
    QList<int> rows;
    for (const QModelIndex &index : indexes) {
        if (index.column() == ChangeColumn && row(index)) {
            rows.append(static_cast<int>(index.internalId()));
        }
    }
    const QList<int> findings = findingsOf(rows);
    return m_mimeMaker && !findings.isEmpty() ? m_mimeMaker(findings) : nullptr;
}

QVariant ChangesModel::data(const QModelIndex &index, int role) const
{
    const ChangeRow *one = row(index);
    if (!one || index.column() != ChangeColumn) {
        return {};
    }
    switch (role) {
    case Qt::DisplayRole: return one->text;
    case Qt::ToolTipRole: { // names come from outside: a tool tip must not take them for markup
        const QString tip = m_tree->tipOf(*one);
        return tip.isEmpty() ? QVariant() : QVariant(u"<span>"_s + tip.toHtmlEscaped().replace(u'\n', "<br>"_L1) + u"</span>"_s);
    }
    case Qt::AccessibleTextRole:
        switch (one->kind) {
        case ChangeRow::Kind::Severity:
        case ChangeRow::Kind::NotComparable:
        case ChangeRow::Kind::LeftOut:
        case ChangeRow::Kind::Page:
        case ChangeRow::Kind::Domain: return tr("%1, %2").arg(one->text, countText(one->count));
        case ChangeRow::Kind::Group:
            return tr("%1, %2, the worst of severity %3").arg(one->text, countText(one->count), severityText(one->severity));
        default: break;
        }
        return one->kind == ChangeRow::Kind::Entity ? tr("%1, %2, severity %3").arg(one->text, one->summary, severityText(one->severity))
                                                    : u"%1, %2"_s.arg(one->text, one->summary);
    case KindRole: return static_cast<int>(one->kind);
    case SeverityRole: return static_cast<int>(one->severity);
    case SummaryRole: return one->summary;
    case CountRole: return one->count;
    case FindingRole: return one->finding;
    case KeyRole: return one->key;
    default: return {};
    }
}

} // namespace Orgtrace::Ui
