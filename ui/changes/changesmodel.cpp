#include "changes/changesmodel.h"

#include "theme/theme.h"

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
    if (column != 0 || row < 0 || (parent.isValid() && parent.column() != 0)) {
        return {};
    }
    const ChangeRow *above = this->row(parent);
    const QList<int> &children = above ? above->children : m_tree->top;
    return row < children.size() ? createIndex(row, 0, static_cast<quintptr>(children.at(row))) : QModelIndex();
}

QModelIndex ChangesModel::parent(const QModelIndex &child) const
{
    const ChangeRow *one = row(child);
    return one ? indexOfRow(one->parent) : QModelIndex();
}

int ChangesModel::rowCount(const QModelIndex &parent) const
{
    const ChangeRow *above = row(parent);
    if (parent.isValid() && !above) {
        return 0;
    }
    return static_cast<int>((above ? above->children : m_tree->top).size());
}

int ChangesModel::columnCount(const QModelIndex &) const
{
    return 1;
}

QVariant ChangesModel::data(const QModelIndex &index, int role) const
{
    const ChangeRow *one = row(index);
    if (!one) {
        return {};
    }
    switch (role) {
    case Qt::DisplayRole: return one->text;
    case Qt::ToolTipRole: return one->tip;
    case Qt::AccessibleTextRole:
        switch (one->kind) {
        case ChangeRow::Kind::Severity:
        case ChangeRow::Kind::NotComparable:
        case ChangeRow::Kind::Silent:
        case ChangeRow::Kind::Domain: return tr("%1, %2").arg(one->text, countText(one->count));
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
