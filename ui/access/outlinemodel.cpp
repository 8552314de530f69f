#include "access/outlinemodel.h"

#include "access/accesstreemodel.h"
#include "theme/theme.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

struct OutlineModel::Node {
    OutlineItem item;
    const Node *parent = nullptr;
    int row = 0, level = -1;
    mutable bool isPopulated = false;
    mutable std::vector<std::unique_ptr<Node>> children;
};

OutlineModel::OutlineModel(QStringList headers, QObject *parent) :
    QAbstractItemModel(parent), m_headers(std::move(headers)), m_root(std::make_unique<Node>())
{
}

OutlineModel::~OutlineModel() = default;

void OutlineModel::setItems(QList<OutlineItem> items)
{
    beginResetModel();
    m_root = std::make_unique<Node>();
    m_root->item.children = [items = std::move(items)] { return items; };
    endResetModel();
}

void OutlineModel::populate(const Node &node)
{
    if (node.isPopulated) {
        return;
    }
    node.isPopulated = true;
    if (!node.item.children) {
        return;
    }
    QList<OutlineItem> items = node.item.children();
    node.children.reserve(size_t(items.size()));
    for (OutlineItem &item : items) {
        auto child = std::make_unique<Node>();
        child->item = std::move(item);
        child->parent = &node;
        child->row = int(node.children.size());
        child->level = node.level + 1;
        node.children.push_back(std::move(child));
    }
}

const OutlineModel::Node *OutlineModel::node(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<const Node *>(index.constInternalPointer()) : m_root.get();
}

const OutlineItem *OutlineModel::item(const QModelIndex &index) const
{
    return index.isValid() && index.model() == this ? &node(index)->item : nullptr;
}

QModelIndex OutlineModel::indexOf(const QString &stableId) const
{
    QModelIndex at;
    for (const QStringList keys = stableId.split(u'/'); const QString &key : keys) {
        const Node *here = node(at);
        populate(*here);
        const auto found = std::ranges::find_if(here->children, [&](const std::unique_ptr<Node> &child) { return child->item.key == key; });
        if (found == here->children.end()) {
            return {};
        }
        at = index((*found)->row, 0, at);
    }
    return at;
}

QModelIndex OutlineModel::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || column < 0 || column >= m_headers.size() || (parent.isValid() && (parent.model() != this || parent.column() != 0))) {
        return {};
    }
    const Node *of = node(parent);
    populate(*of);
    return size_t(row) < of->children.size() ? createIndex(row, column, of->children[size_t(row)].get()) : QModelIndex();
}

QModelIndex OutlineModel::parent(const QModelIndex &child) const
{
    if (!child.isValid() || child.model() != this) {
        return {};
    }
    const Node *up = node(child)->parent;
    return !up || up->level < 0 ? QModelIndex() : createIndex(up->row, 0, up);
}

int OutlineModel::rowCount(const QModelIndex &parent) const
{
    if (parent.isValid() && parent.column() != 0) {
        return 0;
    }
    const Node *of = node(parent);
    populate(*of);
    return int(of->children.size());
}

int OutlineModel::columnCount(const QModelIndex &) const
{
    return int(m_headers.size());
}

bool OutlineModel::hasChildren(const QModelIndex &parent) const
{
    // Without making them: a row that turns out to have none loses its arrow when it is opened.
    const Node *of = node(parent);
    return parent.column() <= 0 && (of->isPopulated ? !of->children.empty() : bool(of->item.children));
}

QVariant OutlineModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.model() != this) {
        return {};
    }
    const Node *at = node(index);
    const OutlineItem &item = at->item;
    const QString text = index.column() == 0 ? item.text : item.more.value(index.column() - 1);
    switch (role) {
    case Qt::DisplayRole: return text;
    case Qt::ToolTipRole: {
        const QString tip = index.column() == 0 ? item.tip : text;
        return tip.isEmpty() ? QVariant() : QVariant(QString(u"<p style='white-space:pre-wrap'>"_s + tip.toHtmlEscaped() + u"</p>"_s));
    }
    case Qt::AccessibleTextRole: {
        if (index.column() > 0) {
            return text;
        }
        QStringList words{item.text, item.note};
        if (item.severity && item.text != severityText(*item.severity)) {
            words.prepend(severityText(*item.severity));
        }
        for (const Chip chip : item.chips) {
            words.append(chipText(chip));
        }
        words.removeAll(QString());
        return words.join(u", "_s);
    }
    case AccessTreeModel::StableIdRole: {
        QStringList keys;
        for (const Node *up = at; up->level >= 0; up = up->parent) {
            keys.prepend(up->item.key);
        }
        return keys.join(u'/');
    }
    case AccessTreeModel::LevelRole: return at->level;
    case AccessTreeModel::NoteRole: return item.note;
    case AccessTreeModel::HeldRole: return int(item.held);
    case AccessTreeModel::RiskRole: return item.isHighRisk;
    case AccessTreeModel::MonospaceRole: return item.isMonospace;
    case AccessTreeModel::SubjectIdRole: return item.subjectId;
    case AccessTreeModel::PermissionRole: return item.permission;
    case AccessTreeModel::SnapshotRole: return item.snapshotId;
    case AccessTreeModel::SeverityRole: return item.severity ? QVariant(int(*item.severity)) : QVariant();
    case AccessTreeModel::ChipsRole: {
        QList<int> kinds;
        for (const Chip chip : item.chips) {
            kinds.append(int(chip));
        }
        return QVariant::fromValue(kinds);
    }
    default: return {};
    }
}

QVariant OutlineModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    return orientation == Qt::Horizontal && role == Qt::DisplayRole ? QVariant(m_headers.value(section)) : QVariant();
}

} // namespace Orgtrace::Ui
