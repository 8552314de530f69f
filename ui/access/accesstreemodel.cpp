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
    AccessFilter filter(text);
    if (filter == m_filter) {
        return;
    }
    beginResetModel();
    m_filter = std::move(filter);
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

void AccessTreeModel::setOnlyHighRisk(bool only)
{
    if (only == m_onlyHighRisk) {
        return;
    }
    beginResetModel();
    m_onlyHighRisk = only;
    rebuild();
    endResetModel();
}

void AccessTreeModel::rebuild()
{
    m_shown.clear();
    for (int i = 0; i < m_all.size(); ++i) {
        if ((!m_onlyChanges || m_all[i].held != Held::Same) && (!m_onlyHighRisk || m_all[i].isHighRisk)
            && (m_filter.isEmpty() || matchesFilter(m_all[i], m_filter))) {
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
    if (node.populated || node.level >= 3) {
        return;
    }
    node.populated = true;
    if (node.level == 2) {
        for (int path = 0; path < m_all[m_shown[node.first]].permission.paths.size(); ++path) {
            auto child = std::make_unique<Node>();
            child->parent = &node;
            child->row = path;
            child->level = 3;
            child->first = node.first;
            child->last = node.last;
            node.children.push_back(std::move(child));
        }
        return;
    }
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
    if (!index.isValid() || index.model() != this || node(index)->level < 2) {
        return nullptr;
    }
    return &m_all[m_shown[node(index)->first]];
}

int AccessTreeModel::highRiskCount() const
{
    return int(std::ranges::count(m_all, true, &ShownPermission::isHighRisk));
}

QModelIndex AccessTreeModel::indexOf(const QString &stableId) const
{
    if (const qsizetype mark = stableId.lastIndexOf(u'#'); mark > 0) {
        return index(stableId.sliced(mark + 1).toInt(), 0, indexOf(stableId.first(mark)));
    }
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
    return of->level < 2 ? of->last > of->first : of->level == 2 && !m_all[m_shown[of->first]].permission.paths.isEmpty();
}

QVariant AccessTreeModel::pathData(const ShownPermission &shown, int at, int role) const
{
    const Access::AccessPath &path = shown.permission.paths[at];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole: {
        const QString words = visibleText(pathInWords({}, path).section(u" → "_s, 1), 300); // whose it is stands above
        const QString said = path.containerId.isEmpty() ? QString(tr("direct") + u" → "_s + words) : words;
        return role == Qt::ToolTipRole ? QString(u"<p>"_s + said.toHtmlEscaped() + u"</p>"_s) : said;
    }
    case StableIdRole: return QString(shown.permission.permission() + u'#' + QString::number(at));
    case LevelRole: return 3;
    case ChipsRole: {
        ShownPermission one;
        one.permission.paths = {path};
        QList<int> kinds;
        for (const auto those = chips(one); const Chip chip : those) {
            kinds.append(int(chip));
        }
        return QVariant::fromValue(kinds);
    }
    case HeldRole: return int(Held::Same);
    case RiskRole:
    case MonospaceRole: return false;
    default: return {};
    }
}

QVariant AccessTreeModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.model() != this) {
        return {};
    }
    const Node *at = node(index);
    const ShownPermission &first = m_all[m_shown[at->first]];
    if (at->level == 3) {
        return pathData(first, at->row, role);
    }
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
    case MonospaceRole: return true;
    case PermissionRole: return at->level == 2 ? first.permission.permission() : QString();
    case RiskRole: {
        for (int i = at->first; i < at->last; ++i) {
            if (m_all[m_shown[i]].isHighRisk) {
                return true;
            }
        }
        return false;
    }
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
        QStringList notes;
        if (at->level == 2) {
            if (!first.permission.denied.isEmpty()) {
                const Access::Denial &denial = first.permission.denied.first();
                notes.append(visibleText((denial.conditional ? tr("may be denied by access policy %1") : tr("denied by access policy %1"))
                                             .arg(denial.policyName),
                                         120));
            }
            if (std::ranges::all_of(first.permission.paths, &Access::AccessPath::conditional) && !first.permission.paths.isEmpty()) {
                notes.append(tr("only under a condition"));
            }
        } else {
            const int count = rowCount(index);
            notes.append(at->level == 0 ? counted(count, tr("1 entity"), tr("%1 entities"))
                                        : counted(count, tr("1 action"), tr("%1 actions")));
        }
        if (index.data(RiskRole).toBool()) {
            notes.append(tr("high risk"));
        }
        return notes.join(u" · "_s);
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
