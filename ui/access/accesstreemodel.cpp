#include "access/accesstreemodel.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <algorithm>
#include <optional>
#include <vector>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

/// A range of m_shown that agrees in its first `level` parts. Children are split off on demand.
struct AccessTreeModel::Node {
    const Node *parent = nullptr;
    int row = 0;
    int level = -1; ///< -1: root
    int first = 0, last = 0; ///< [first, last) of m_shown
    mutable bool populated = false;
    mutable std::optional<QList<int>> chips; ///< merged; made once
    mutable std::vector<std::unique_ptr<Node>> children;
};

AccessTreeModel::AccessTreeModel(QObject *parent) : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) { }

AccessTreeModel::~AccessTreeModel() = default;

void AccessTreeModel::setPermissions(QList<ShownPermission> permissions)
{
    beginResetModel();
    m_all = std::move(permissions);
    rebuild();
    endResetModel();
}

void AccessTreeModel::setFilter(const QString &text)
{
    const QStringList words = text.simplified().split(u' ', Qt::SkipEmptyParts);
    if (words == m_words) {
        return;
    }
    beginResetModel();
    m_words = words;
    rebuild();
    endResetModel();
}

void AccessTreeModel::setOnlyChanges(bool only)
{
    if (only == m_onlyChanges) {
        return;
    }
    beginResetModel();
    m_onlyChanges = only;
    rebuild();
    endResetModel();
}

void AccessTreeModel::rebuild()
{
    m_shown.clear();
    for (int i = 0; i < m_all.size(); ++i) {
        if ((!m_onlyChanges || m_all[i].held != Held::Same) && (m_words.isEmpty() || matchesFilter(m_all[i], m_words))) {
            m_shown.append(i);
        }
    }
    m_root = std::make_unique<Node>();
    m_root->last = int(m_shown.size());
}

int AccessTreeModel::shownCount() const
{
    return int(m_shown.size());
}
int AccessTreeModel::totalCount() const
{
    return int(m_all.size());
}

int AccessTreeModel::countOf(Held held) const
{
    return int(std::ranges::count(m_all, held, &ShownPermission::held));
}

namespace {

const QString &part(const Access::EffectivePermission &permission, int level)
{
    return level == 0 ? permission.domain : level == 1 ? permission.entityType : permission.action;
}

} // namespace

void AccessTreeModel::populate(const Node &node) const
{
    if (node.populated || node.level >= 2) {
        return;
    }
    node.populated = true;
    const int level = node.level + 1;
    for (int at = node.first; at < node.last;) {
        const QString &name = part(m_all[m_shown[at]].permission, level);
        int end = at + 1;
        while (end < node.last && part(m_all[m_shown[end]].permission, level) == name) {
            ++end;
        }
        auto child = std::make_unique<Node>();
        child->parent = &node;
        child->row = int(node.children.size());
        child->level = level;
        child->first = at;
        child->last = end;
        node.children.push_back(std::move(child));
        at = end;
    }
}

const AccessTreeModel::Node *AccessTreeModel::node(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<const Node *>(index.constInternalPointer()) : m_root.get();
}

const ShownPermission *AccessTreeModel::permission(const QModelIndex &index) const
{
    if (!index.isValid() || index.model() != this || node(index)->level != 2) {
        return nullptr;
    }
    return &m_all[m_shown[node(index)->first]];
}

QModelIndex AccessTreeModel::indexOf(const QString &stableId) const
{
    const QStringList parts = stableId.split(u':');
    QModelIndex at;
    for (int level = 0; level < parts.size() && level < 3; ++level) {
        const Node *here = node(at);
        populate(*here);
        const auto found = std::ranges::find_if(here->children, [&](const std::unique_ptr<Node> &child) {
            return part(m_all[m_shown[child->first]].permission, level) == parts[level];
        });
        if (found == here->children.end()) {
            return {};
        }
        at = index((*found)->row, 0, at);
    }
    return at;
}

QModelIndex AccessTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (column != 0 || row < 0 || (parent.isValid() && (parent.model() != this || parent.column() != 0))) {
        return {};
    }
    const Node *of = node(parent);
    populate(*of);
    return size_t(row) < of->children.size() ? createIndex(row, 0, of->children[size_t(row)].get()) : QModelIndex();
}

QModelIndex AccessTreeModel::parent(const QModelIndex &child) const
{
    if (!child.isValid() || child.model() != this) {
        return {};
    }
    const Node *up = node(child)->parent;
    return !up || up->level < 0 ? QModelIndex() : createIndex(up->row, 0, up);
}

int AccessTreeModel::rowCount(const QModelIndex &parent) const
{
    if (parent.isValid() && parent.column() != 0) {
        return 0;
    }
    const Node *of = node(parent);
    populate(*of);
    return int(of->children.size());
}

int AccessTreeModel::columnCount(const QModelIndex &) const
{
    return 1;
}

bool AccessTreeModel::hasChildren(const QModelIndex &parent) const
{
    const Node *of = node(parent);
    return of->level < 2 && of->last > of->first;
}

QVariant AccessTreeModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.model() != this) {
        return {};
    }
    const Node *at = node(index);
    const ShownPermission &first = m_all[m_shown[at->first]];
    const auto merged = [&]() -> const QList<int> & {
        if (at->chips) {
            return *at->chips;
        }
        QList<int> kinds;
        for (int i = at->first; i < at->last; ++i) {
            for (const auto those = chips(m_all[m_shown[i]]); const Chip chip : those) {
                if (!kinds.contains(int(chip))) {
                    kinds.append(int(chip));
                }
            }
        }
        std::ranges::sort(kinds);
        return at->chips.emplace(std::move(kinds));
    };
    switch (role) {
    case Qt::DisplayRole: return visibleText(part(first.permission, at->level), 120);
    case StableIdRole: {
        QString id = first.permission.domain;
        if (at->level > 0) {
            id += u':' + first.permission.entityType;
        }
        return at->level == 2 ? QString(id + u':' + first.permission.action) : id;
    }
    case LevelRole: return at->level;
    case NoteRole: {
        if (at->level == 2) {
            if (!first.permission.denied.isEmpty()) {
                const Access::Denial &denial = first.permission.denied.first();
                return visibleText((denial.conditional ? tr("may be denied by access policy %1") : tr("denied by access policy %1"))
                                       .arg(denial.policyName),
                                   120);
            }
            return std::ranges::all_of(first.permission.paths, &Access::AccessPath::conditional) && !first.permission.paths.isEmpty()
                ? tr("only under a condition")
                : QString();
        }
        const int count = rowCount(index);
        if (at->level == 0) {
            return count == 1 ? tr("1 entity") : tr("%1 entities").arg(countText(count));
        }
        return count == 1 ? tr("1 action") : tr("%1 actions").arg(countText(count));
    }
    case ChipsRole: return QVariant::fromValue(merged());
    case HeldRole: {
        Held held = first.held;
        for (int i = at->first; i < at->last && held != Held::PathsChanged; ++i) {
            held = m_all[m_shown[i]].held == held ? held : Held::PathsChanged;
        }
        return int(held);
    }
    case Qt::AccessibleTextRole: {
        QStringList words{part(first.permission, at->level)};
        words.append(data(index, NoteRole).toString());
        for (const int chip : merged()) {
            words.append(chipText(Chip(chip)));
        }
        words.removeAll(QString());
        return visibleText(words.join(u", "_s), 300);
    }
    case Qt::ToolTipRole: {
        if (at->level != 2) {
            return {};
        }
        QString tip = visibleText(first.permission.permission(), 200);
        if (first.held == Held::Gained) {
            tip += u"\n"_s + tr("Held in B, not in A");
        } else if (first.held == Held::Lost) {
            tip += u"\n"_s + tr("Held in A, not in B");
        } else if (first.held == Held::PathsChanged) {
            tip += u"\n"_s + tr("Held in both, by other paths");
        }
        return QString(u"<p style='white-space:pre'>"_s + tip.toHtmlEscaped() + u"</p>"_s);
    }
    default: return {};
    }
}

} // namespace Orgtrace::Ui
