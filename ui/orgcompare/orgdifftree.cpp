#include "orgcompare/orgdifftree.h"

#include "diff/displaytext.h"
#include "orgcompare/orgparts.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

// An index knows where it hangs: 0 a branch; branch + 1 an entry; and above, entry + 1, a field.
constexpr int EntryShift = 24;

int branchOf(quintptr id)
{
    return int(id & ((quintptr(1) << EntryShift) - 1)) - 1;
}
int entryOf(quintptr id)
{
    return int(id >> EntryShift) - 1;
}

QString shownValue(const std::optional<QByteArray> &json)
{
    return json ? visibleText(QString::fromUtf8(json->left(800)), 240) : QString();
}

QString fieldWords(Compare::FieldKind kind)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("OrgDiffTree", text); };
    switch (kind) {
    case Compare::FieldKind::Added: return tr("only right");
    case Compare::FieldKind::Removed: return tr("only left");
    case Compare::FieldKind::Modified: return tr("differs");
    case Compare::FieldKind::Type: return tr("type differs");
    case Compare::FieldKind::Moved: break;
    }
    return tr("moved");
}

OrgSign signOf(OrgDiffTree::Kind kind)
{
    switch (kind) {
    case OrgDiffTree::Kind::Any: return OrgSign::None;
    case OrgDiffTree::Kind::OnlyLeft: return OrgSign::OnlyLeft;
    case OrgDiffTree::Kind::OnlyRight: return OrgSign::OnlyRight;
    case OrgDiffTree::Kind::Differing: return OrgSign::Differs;
    case OrgDiffTree::Kind::NotComparable: break;
    }
    return OrgSign::Unknown;
}

OrgDiffTree::Kind kindIn(const OrgComparison &comparison, const DifferenceEntry &entry)
{
    if (entry.change < 0) {
        return OrgDiffTree::Kind::NotComparable;
    }
    switch (comparison.both.difference.changes[entry.change].kind) {
    case Compare::ChangeKind::Added: return OrgDiffTree::Kind::OnlyRight;
    case Compare::ChangeKind::Removed: return OrgDiffTree::Kind::OnlyLeft;
    case Compare::ChangeKind::Modified: break;
    }
    return OrgDiffTree::Kind::Differing;
}

QString entryLabel(const OrgComparison &comparison, const DifferenceEntry &entry)
{
    QString name = entry.name;
    if (name.isEmpty()) {
        name = shortId(entry.right.value_or(entry.left.value_or(QString())));
    }
    QString title = comparison.titles.value(entry.domain, entry.domain);
    if (entry.isWholeDomain) {
        return QCoreApplication::translate("OrgDiffTree", "%1, all of it").arg(title);
    }
    if (name.isEmpty()) {
        return title; // settings of the organisation itself
    }
    return entry.change < 0 ? QString(title + u" › " + name) : name;
}

} // namespace

QString kindText(OrgDiffTree::Kind kind)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("OrgDiffTree", text); };
    switch (kind) {
    case OrgDiffTree::Kind::Any: return tr("all");
    case OrgDiffTree::Kind::OnlyLeft: return tr("only left");
    case OrgDiffTree::Kind::OnlyRight: return tr("only right");
    case OrgDiffTree::Kind::Differing: return tr("differs");
    case OrgDiffTree::Kind::NotComparable: break;
    }
    return tr("not comparable");
}

void OrgDiffTree::narrow(bool)
{
    m_shown.clear();
    m_shownEntries = 0;
    if (!m_comparison) {
        return;
    }
    for (qsizetype b = 0; b < m_comparison->branches.size(); ++b) {
        QList<int> entries;
        const QList<DifferenceEntry> &all = m_comparison->branches[b].entries;
        for (qsizetype e = 0; e < all.size(); ++e) {
            if (lets(static_cast<int>(kindOf(all[e])), all[e].folded)) {
                entries.append(int(e));
            }
        }
        if (!entries.isEmpty()) {
            m_shownEntries += entries.size();
            m_shown.append({int(b), std::move(entries)});
        }
    }
}

const DifferenceEntry *OrgDiffTree::entry(const QModelIndex &index) const
{
    if (!index.isValid() || index.internalId() == 0 || !m_comparison) {
        return nullptr;
    }
    const auto &[branch, entries] = m_shown[branchOf(index.internalId())];
    const int row = entryOf(index.internalId()) >= 0 ? entryOf(index.internalId()) : index.row();
    return &m_comparison->branches[branch].entries[entries[row]];
}

const Compare::FieldChange *OrgDiffTree::field(const QModelIndex &index) const
{
    const DifferenceEntry *of = index.isValid() && entryOf(index.internalId()) >= 0 ? entry(index) : nullptr;
    return of && of->change >= 0 ? &m_comparison->both.difference.changes[of->change].fields[index.row()] : nullptr;
}

OrgDiffTree::Kind OrgDiffTree::kindOf(const DifferenceEntry &entry) const
{
    return kindIn(*m_comparison, entry);
}

QModelIndex OrgDiffTree::indexOf(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right) const
{
    for (qsizetype b = 0; b < m_shown.size(); ++b) {
        const auto &[branch, entries] = m_shown[b];
        for (qsizetype e = 0; e < entries.size(); ++e) {
            const DifferenceEntry &one = m_comparison->branches[branch].entries[entries[e]];
            if (one.domain == domain && one.left == left && one.right == right) {
                return createIndex(int(e), 0, quintptr(b + 1));
            }
        }
    }
    return {};
}

QString OrgDiffTree::branchKey(const QModelIndex &index) const
{
    return index.isValid() && index.internalId() == 0 ? m_comparison->branches[m_shown[index.row()].first].domain : QString();
}

QModelIndex OrgDiffTree::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || column < 0 || column >= ColumnCount || row >= rowCount(parent)) {
        return {};
    }
    if (!parent.isValid()) {
        return createIndex(row, column, quintptr(0));
    }
    return parent.internalId() == 0 ? createIndex(row, column, quintptr(parent.row()) + 1)
                                    : createIndex(row, column, parent.internalId() | (quintptr(parent.row()) + 1) << EntryShift);
}

QModelIndex OrgDiffTree::parent(const QModelIndex &index) const
{
    const quintptr id = index.isValid() ? index.internalId() : 0;
    if (id == 0) {
        return {};
    }
    return entryOf(id) < 0 ? createIndex(branchOf(id), 0, quintptr(0)) : createIndex(entryOf(id), 0, quintptr(branchOf(id)) + 1);
}

int OrgDiffTree::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid()) {
        return int(m_shown.size());
    }
    if (parent.column() != 0 || entryOf(parent.internalId()) >= 0) {
        return 0;
    }
    if (parent.internalId() == 0) {
        return int(m_shown[parent.row()].second.size());
    }
    const DifferenceEntry *of = entry(parent);
    return of->change < 0 ? 0 : int(m_comparison->both.difference.changes[of->change].fields.size());
}

int OrgDiffTree::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QVariant OrgDiffTree::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || !m_comparison) {
        return {};
    }
    if (index.internalId() == 0) {
        const auto &[branch, entries] = m_shown[index.row()];
        return branchData(m_comparison->branches[branch], entries.size(), index.column(), role);
    }
    const Compare::FieldChange *one = field(index);
    return one ? fieldData(*one, index.column(), role) : entryData(*entry(index), index.column(), role);
}

QVariant OrgDiffTree::branchData(const DifferenceBranch &branch, qsizetype shown, int column, int role) const
{
    const QString title = visibleText(branch.isComparable() ? branch.title : tr("Not comparable"));
    switch (role) {
    case Qt::DisplayRole: return column == LabelColumn ? title : QString();
    case OrgRole::IsHeading: return true;
    case OrgRole::Detail: return column == LabelColumn ? countText(shown) : QString();
    case Qt::AccessibleTextRole: return u"%1, %2"_s.arg(title, countText(shown));
    default: return {};
    }
}

QVariant OrgDiffTree::entryData(const DifferenceEntry &entry, int column, int role) const
{
    const Kind kind = kindOf(entry);
    const auto id = [](const std::optional<QString> &one) { return one ? visibleText(shortId(*one)) : QString(); };
    const QString label = visibleText(entryLabel(*m_comparison, entry));
    const QString why = kind == Kind::NotComparable ? visibleText(entry.why, 300) : QString();
    switch (role) {
    case Qt::DisplayRole:
        switch (column) {
        case LabelColumn: return label;
        case KindColumn: return kindText(kind);
        case LeftColumn: return id(entry.left);
        case RightColumn: return id(entry.right);
        default: return {};
        }
    case OrgRole::Sign: return static_cast<int>(column == KindColumn ? signOf(kind) : OrgSign::None);
    case OrgRole::IsEvidence: return column == LeftColumn || column == RightColumn;
    case OrgRole::Detail: return column == LabelColumn ? why : QString();
    case Qt::ToolTipRole: {
        const QString left = visibleText(entry.left.value_or(u"–"_s)), right = visibleText(entry.right.value_or(u"–"_s));
        const QString tip = u"%1\n%2: %3\n%4: %5"_s.arg(label, m_comparison->leftName, left, m_comparison->rightName, right);
        return why.isEmpty() ? tip : QString(tip + u'\n' + why);
    }
    case Qt::AccessibleTextRole:
        return column == LabelColumn ? u"%1, %2"_s.arg(label, why.isEmpty() ? kindText(kind) : QString(kindText(kind) + u": " + why))
                                     : QVariant();
    default: return {};
    }
}

QVariant OrgDiffTree::fieldData(const Compare::FieldChange &field, int column, int role) const
{
    const auto nameOf = [this](const QString &id) { return m_comparison->nameOfId.value(id); };
    switch (role) {
    case Qt::DisplayRole:
        switch (column) {
        case LabelColumn: return visibleText(withNames(field.path, nameOf), 200);
        case KindColumn: return fieldWords(field.kind);
        case LeftColumn: return shownValue(field.oldText);
        case RightColumn: return shownValue(field.newText);
        default: return {};
        }
    case OrgRole::IsEvidence: return column != KindColumn;
    case OrgRole::Sign:
        return static_cast<int>(column != KindColumn                            ? OrgSign::None
                                    : field.kind == Compare::FieldKind::Added   ? OrgSign::OnlyRight
                                    : field.kind == Compare::FieldKind::Removed ? OrgSign::OnlyLeft
                                                                                : OrgSign::Differs);
    case Qt::ToolTipRole:
        switch (column) {
        case LeftColumn: return shownValue(field.oldText);
        case RightColumn: return shownValue(field.newText);
        default: return visibleText(field.path, 400);
        }
    case Qt::AccessibleTextRole:
        return column == LabelColumn
            ? u"%1, %2, %3, %4"_s.arg(visibleText(field.path), fieldWords(field.kind), shownValue(field.oldText), shownValue(field.newText))
            : QVariant();
    default: return {};
    }
}

QVariant OrgDiffTree::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case LabelColumn: return tr("Domain, entity, field");
    case KindColumn: return tr("Difference");
    case LeftColumn: return m_comparison ? visibleText(m_comparison->leftName, 60) : tr("Left");
    case RightColumn: return m_comparison ? visibleText(m_comparison->rightName, 60) : tr("Right");
    default: return {};
    }
}

QString differencesText(const OrgComparison &comparison, const OrgDiffTree::Shown &shown)
{
    QString out = u"%1 (%2) ↔ %3 (%4)\n"_s.arg(visibleText(comparison.leftName), utcText(comparison.both.difference.from.observedUtc),
                                               visibleText(comparison.rightName), utcText(comparison.both.difference.to.observedUtc));
    for (const auto &[branch, entries] : shown) {
        const DifferenceBranch &of = comparison.branches[branch];
        out += u'\n' + (of.isComparable() ? visibleText(of.title) : kindText(OrgDiffTree::Kind::NotComparable)) + u'\n';
        for (const int at : entries) {
            const DifferenceEntry &entry = of.entries[at];
            out += u"  %1: %2 [%3 ↔ %4]"_s.arg(visibleText(entryLabel(comparison, entry)), kindText(kindIn(comparison, entry)),
                                               visibleText(entry.left.value_or(u"–"_s), 300),
                                               visibleText(entry.right.value_or(u"–"_s), 300));
            out += entry.change < 0 ? QString(u": " + visibleText(entry.why, 300) + u'\n') : u"\n"_s;
            if (entry.change < 0) {
                continue;
            }
            for (const Compare::FieldChange &field : comparison.both.difference.changes[entry.change].fields) {
                const auto value
                    = [](const std::optional<QByteArray> &json) { return json ? visibleText(QString::fromUtf8(*json), 4000) : u"–"_s; };
                out += u"    %1: %2 → %3\n"_s.arg(visibleText(field.path, 1000), value(field.oldText), value(field.newText));
            }
        }
    }
    return out;
}

} // namespace Orgtrace::Ui
