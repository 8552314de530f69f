#include "compare/comparer.h"

#include "compare/elementmatch.h"
#include "compare/fingerprints.h"
#include "compare/largepages.h"
#include "json/canonical.h"
#include "json/equality.h"
#include "json/pointer.h"
#include "json/text.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <unordered_map>

namespace Orgtrace::Compare {

namespace {

/// One pair of documents. Works off a stack of places instead of calling itself, so depth costs no stack.
class Walk
{
public:
    Walk(Tree &left, Tree &right, const std::vector<ElementIdentity> &identities, const Options &options, std::string_view without,
         std::vector<PairedArray> *paired) :
        m_left(left), m_right(right), m_identities(identities), m_options(options), m_without(without), m_paired(paired)
    {
        m_budget.parallel = options.parallel;
    }

    ValueDifference run()
    {
        const bool onLeft = !m_left.node(0).value.isMissing(), onRight = !m_right.node(0).value.isMissing();
        if (onLeft || onRight) {
            Place whole{onLeft ? 0 : Nothing, onRight ? 0 : Nothing, {}, {}, {}, {}, false, false};
            whole.isSame = onLeft && onRight && agree(m_left.node(0), m_right.node(0), whole.first, nullptr);
            m_work.push_back(std::move(whole));
        }
        while (!m_work.empty()) {
            if (!m_opened.empty() && m_work.size() <= m_opened.back().until) { // all inside these two is told
                closeLast();
                continue;
            }
            Place place = std::move(m_work.back());
            m_work.pop_back();
            visit(std::move(place));
        }
        return std::move(m_out);
    }

private:
    static constexpr int Nothing = -1;
    static constexpr qsizetype LargeValue = 10'000; ///< values and names
    struct Place {
        int left, right; ///< node numbers; Nothing on a side that has no value
        QString oldPointer, newPointer, path;
        Json::FirstDifference first; ///< where the two sides part
        bool moved = false;
        bool isSame = false; ///< nothing is to be told but that it moved
    };

    void visit(Place &&place)
    {
        if (place.right == Nothing) {
            emitField(FieldKind::Removed, std::move(place));
            return;
        }
        if (place.left == Nothing) {
            emitField(FieldKind::Added, std::move(place));
            return;
        }
        if (place.moved)
            m_out.fields.append(fieldAt(FieldKind::Moved, place));
        if (place.isSame)
            return;
        const TreeNode &a = m_left.node(quint32(place.left)), &b = m_right.node(quint32(place.right));
        if (a.rules.label && !m_options.exact) {
            ++m_out.labels;
            leaveOut(Reason::Labels, FieldKind::Modified, place);
        } else if (a.isObject() && b.isObject()) {
            enter(a, b, place);
            members(a, b, place);
        } else if (a.isArray() && b.isArray()) {
            enter(a, b, place);
            elements(a, b, place);
        } else {
            scalars(a, b, std::move(place));
        }
    }

    /// What stands before anything that must be gone into is told at once, the rest in its turn.
    void take(size_t mark, Place &&place)
    {
        const auto isContainer = [](const TreeNode &node) { return node.isObject() || node.isArray(); };
        const bool isLeaf = place.left == Nothing || place.right == Nothing || place.isSame
            || !(isContainer(m_left.node(quint32(place.left))) && isContainer(m_right.node(quint32(place.right))));
        if (isLeaf && m_work.size() == mark)
            visit(std::move(place));
        else
            m_work.push_back(std::move(place));
    }

    /// Whether nothing differs; else `first` says where. @param known the same of what surrounds the two
    bool agree(const TreeNode &a, const TreeNode &b, Json::FirstDifference &first, const Json::FirstDifference *known)
    {
        switch (Json::readInStep(a.value, b.value, first, known)) {
        case Json::InStep::Same: return true;
        case Json::InStep::Different: return false;
        case Json::InStep::OtherNames: break;
        }
        if (!a.rules.label && std::max(a.value.weight(), b.value.weight()) >= LargeValue)
            return false; // going into it costs less than finding out; its parts are asked in their turn
        m_left.hash(a);
        m_right.hash(b);
        return a.strict == b.strict && Json::identical(a.value, b.value);
    }

    /// Lays out what is inside two nodes, until all of it is told.
    void enter(const TreeNode &a, const TreeNode &b, const Place &place)
    {
        if (!a.closed && !b.closed)
            return;
        m_opened.push_back({m_work.size(), a.closed ? &a : nullptr, b.closed ? &b : nullptr});
        const std::vector<bool> *wanted = a.closed && b.closed && differingMembers(a.value, b.value, place.first) ? &m_differing : nullptr;
        m_left.open(a, wanted);
        m_right.open(b, wanted);
    }

    /// Fills m_differing; false where the two do not have the same members in the same order. Most members of two elements are equal: they need not be laid out.
    bool differingMembers(Json::Value a, Json::Value b, const Json::FirstDifference &known)
    {
        if (!a.isObject() || !b.isObject() || a.size() != b.size())
            return false;
        m_differing.clear();
        const auto mine = a.members(), theirs = b.members();
        for (auto i = mine.begin(), j = theirs.begin(); i != mine.end(); ++i, ++j) {
            if ((*i).key != (*j).key)
                return false;
            Json::FirstDifference first;
            m_differing.push_back(Json::readInStep((*i).value, (*j).value, first, &known) != Json::InStep::Same);
        }
        return true;
    }

    void closeLast()
    {
        if (m_opened.back().left)
            m_left.close(*m_opened.back().left);
        if (m_opened.back().right)
            m_right.close(*m_opened.back().right);
        m_opened.pop_back();
    }

    void scalars(const TreeNode &a, const TreeNode &b, Place &&place)
    {
        const bool containers = a.isObject() || a.isArray() || b.isObject() || b.isArray();
        if (!containers) {
            if (a.kind == Json::Kind::String && b.kind == Json::Kind::String
                && relateSecrets(a.value.string(), b.value.string()) == SecretRelation::NotComparable) {
                m_out.foreignSecrets.append(place.path);
                return;
            }
            const Json::Relation relation = Json::compareScalars(a.value, b.value, a.rules.text || m_options.exact);
            if (relation == Json::Relation::Same)
                return;
            if (relation == Json::Relation::TypeOnly) {
                ++m_out.typeOnly;
                if (m_options.showTypes)
                    emitField(FieldKind::Type, std::move(place));
                else
                    leaveOut(Reason::Type, FieldKind::Type, place);
                return;
            }
        }
        emitField(FieldKind::Modified, std::move(place));
    }

    void members(const TreeNode &a, const TreeNode &b, const Place &place)
    {
        const size_t mark = m_work.size();
        const auto mine = m_left.children(a), theirs = m_right.children(b);
        for (auto i = mine.begin(), j = theirs.begin(); i != mine.end() || j != theirs.end();) {
            const bool onLeft = j == theirs.end() || (i != mine.end() && i->key <= j->key);
            const bool onRight = i == mine.end() || (j != theirs.end() && j->key <= i->key);
            const TreeNode &node = onLeft ? *i : *j;
            const int left = onLeft ? int(m_left.indexOf(*i++)) : Nothing;
            const int right = onRight ? int(m_right.indexOf(*j++)) : Nothing;
            Json::FirstDifference first;
            if (onLeft && onRight && agree(m_left.node(quint32(left)), m_right.node(quint32(right)), first, &place.first))
                continue;
            if (place.path.isEmpty() && !m_without.empty() && node.key == m_without)
                continue;
            const bool isLabel = node.rules.label && !m_options.exact;
            m_out.labels += isLabel ? 1 : 0;
            if (isLabel && !m_options.keepSuppressed)
                continue;
            const QString &step = stepTo(node.key);
            Place next{left, right, {}, place.newPointer + step, {}, first, false, false};
            next.oldPointer = isSame(place.oldPointer, place.newPointer) ? next.newPointer : QString(place.oldPointer + step);
            next.path = isSame(place.path, place.newPointer) ? next.newPointer
                : isSame(place.path, place.oldPointer)       ? next.oldPointer
                                                             : QString(place.path + step);
            if (isLabel)
                leaveOut(Reason::Labels, !onLeft ? FieldKind::Added : !onRight ? FieldKind::Removed : FieldKind::Modified, next);
            else
                take(mark, std::move(next));
        }
        std::reverse(m_work.begin() + qsizetype(mark), m_work.end());
    }

    /// One text for two names: most pointers and paths are the same on both sides, and cost nothing then.
    static bool isSame(const QString &x, const QString &y) { return x.constData() == y.constData() && x.size() == y.size(); }

    /// "/name" as pointers write it; lists have the same names again and again.
    const QString &stepTo(std::string_view name)
    {
        constexpr size_t room = 4096;
        if (const auto known = m_steps.find(name); known != m_steps.end())
            return known->second;
        if (m_steps.size() >= room)
            m_steps.clear();
        return m_steps.emplace(name, QString(u'/' + Json::pointerToken(Json::toQString(name)))).first->second;
    }

    void elements(const TreeNode &a, const TreeNode &b, const Place &place)
    {
        const ElementMatch match = matchElements(m_left, a, m_right, b, m_identities, m_options.exact, m_budget);
        if (match.reordered)
            ++m_out.reordered;
        const size_t mark = m_work.size();
        const auto mine = m_left.children(a), theirs = m_right.children(b);
        if (m_paired) {
            PairedArray paired{place.oldPointer, place.newPointer, {}};
            for (const ElementMatch::Pair &one : match.pairs)
                paired.pairs.push_back({mine[size_t(one.left)].index, theirs[size_t(one.right)].index, one.moved});
            m_paired->push_back(std::move(paired));
        }
        const auto under = [](const QString &parent, quint32 index) -> QString { return parent + u'/' + QString::number(index); };
        const auto pathTo = [&](bool onLeft, int at) -> QString {
            const TreeNode &element = onLeft ? mine[size_t(at)] : theirs[size_t(at)];
            const QString name = match.nameOf(element, onLeft, at);
            return place.path + u'/' + (name.isEmpty() ? QString::number(element.index) : Json::pointerToken(name));
        };
        auto gone = match.removed.begin();
        const auto removedBefore = [&](int until) {
            for (; gone != match.removed.end() && *gone < until; ++gone) {
                const TreeNode &here = mine[size_t(*gone)];
                take(mark,
                     {int(m_left.indexOf(here)), Nothing, under(place.oldPointer, here.index), {}, pathTo(true, *gone), {}, false, false});
            }
        };
        auto pair = match.pairs.begin();
        auto added = match.added.begin();
        while (pair != match.pairs.end() || added != match.added.end()) {
            const bool isPair = added == match.added.end() || (pair != match.pairs.end() && pair->right < *added);
            const int j = isPair ? pair->right : *added;
            const TreeNode &there = theirs[size_t(j)];
            Json::FirstDifference first;
            if (isPair && !pair->moved && !pair->displaced) { // most are: nothing is spelt out for them
                const TreeNode &here = mine[size_t(pair->left)];
                if (agree(here, there, first, &place.first)) {
                    removedBefore(pair->left);
                    ++pair;
                    continue;
                }
            }
            Place next{Nothing, int(m_right.indexOf(there)), {}, under(place.newPointer, there.index), pathTo(false, j), first, false,
                       false};
            if (isPair) {
                const TreeNode &here = mine[size_t(pair->left)];
                if (!pair->moved)
                    removedBefore(pair->left);
                next.left = int(m_left.indexOf(here));
                next.moved = pair->moved;
                next.oldPointer = here.index == there.index && isSame(place.oldPointer, place.newPointer)
                    ? next.newPointer
                    : under(place.oldPointer, here.index);
                if (pair->displaced)
                    leaveOut(Reason::Order, FieldKind::Moved, next);
                if (next.moved || pair->displaced)
                    next.isSame = agree(here, there, next.first, nullptr);
                ++pair;
                if (!next.moved && next.isSame)
                    continue;
            } else {
                ++added;
            }
            take(mark, std::move(next));
        }
        removedBefore(int(mine.size()));
        std::reverse(m_work.begin() + qsizetype(mark), m_work.end());
    }

    /// The last that is told of a place.
    void emitField(FieldKind kind, Place &&place)
    {
        FieldChange &field = m_out.fields.emplaceBack();
        if (m_out.fields.capacity() != m_room) {
            m_room = m_out.fields.capacity();
            adviseLargePages(m_out.fields.constData(), size_t(m_room) * sizeof(FieldChange));
        }
        field.kind = kind;
        texts(field, place);
        field.pointer = std::move(place.right == Nothing ? place.oldPointer : place.newPointer);
        field.path = std::move(place.path);
    }

    void leaveOut(Reason reason, FieldKind kind, const Place &place)
    {
        if (m_options.keepSuppressed)
            m_out.suppressed.append({reason, fieldAt(kind, place)});
    }

    [[nodiscard]] FieldChange fieldAt(FieldKind kind, const Place &place) const
    {
        FieldChange field;
        field.kind = kind;
        field.pointer = place.right == Nothing ? place.oldPointer : place.newPointer;
        field.path = place.path;
        if (kind == FieldKind::Moved)
            field.movedFrom = place.oldPointer;
        texts(field, place);
        return field;
    }

    void texts(FieldChange &field, const Place &place) const
    {
        if (place.left != Nothing)
            field.oldText = Json::compactText(m_left.node(quint32(place.left)).value);
        if (place.right != Nothing)
            field.newText = Json::compactText(m_right.node(quint32(place.right)).value);
    }

    struct Opened {
        size_t until; ///< as long as there is more work than that, it is inside these
        const TreeNode *left, *right; ///< null where it was open already
    };
    Tree &m_left, &m_right;
    std::vector<Opened> m_opened;
    std::vector<bool> m_differing; // members of the two opened last, in document order
    std::unordered_map<std::string_view, QString> m_steps;
    const std::vector<ElementIdentity> &m_identities;
    const Options &m_options;
    std::string_view m_without;
    std::vector<PairedArray> *m_paired;
    MatchBudget m_budget;
    std::vector<Place> m_work;
    ValueDifference m_out;
    qsizetype m_room = 0; ///< fields, before the list must grow
};

} // namespace

Comparer::Comparer(const Catalogue::DomainRules &rules, const Options &options) : m_options(options)
{
    compile(rules);
}

Comparer::Comparer(const Catalogue::DomainRules &a, const Catalogue::DomainRules &b, const Options &options) : m_options(options)
{
    compile(b);
    compile(a);
    for (const Catalogue::DomainRules *rules : {&a, &b}) {
        for (const auto those = rules->dropped + rules->signals_ + rules->lastSeen; const QString &pattern : those)
            m_places.add(pattern, PathRules::Ignored);
        for (const QString &pattern : rules->references)
            m_places.add(pattern, PathRules::Reduced);
    }
    // A secret under one side's rules only: there a fingerprint, here perhaps a plain value.
    for (const auto these = a.secrets + b.secrets; const QString &pattern : these) {
        if (a.secrets.contains(pattern) != b.secrets.contains(pattern))
            m_places.add(pattern, PathRules::Ignored);
    }
}

void Comparer::compile(const Catalogue::DomainRules &rules)
{
    for (const QString &pattern : rules.unordered)
        m_places.add(pattern, PathRules::Unordered);
    for (const QString &pattern : rules.text)
        m_places.add(pattern, PathRules::Text);
    for (const QString &pattern : rules.labels)
        m_places.add(pattern, PathRules::Label);
    QStringList patterns = rules.identities.keys();
    // Where several fit, the one that says most: literal names before wildcards, then by text, so that hash order decides nothing.
    std::ranges::sort(patterns, {}, [](const QString &pattern) { return std::pair(pattern.count(u'*'), pattern); });
    for (const QString &pattern : std::as_const(patterns)) {
        ElementIdentity identity;
        for (const auto these = rules.identities.value(pattern).split(u',', Qt::SkipEmptyParts); const QString &member : these) {
            const QString written = member.trimmed();
            const QString shown = QString(written).replace(u'/', u'.');
            ElementIdentity::Part part{shown.toStdString(), {}, written.toStdString()};
            for (const auto parts = shown.split(u'.', Qt::SkipEmptyParts); const QString &name : parts)
                part.path.push_back(name.toStdString());
            identity.parts.push_back(std::move(part));
        }
        if (identity.parts.empty())
            continue;
        m_places.add(pattern, PathRules::Identity, int(m_identities.size()));
        m_identities.push_back(std::move(identity));
    }
}

ValueDifference Comparer::compare(Json::Value a, Json::Value b)
{
    return compareWithout(a, b, {});
}

ValueDifference Comparer::compareWithout(Json::Value a, Json::Value b, std::string_view without)
{
    std::optional<Tree> laid;
    PathRules places = m_options.parallel ? m_places : PathRules(); // walking makes states: each thread its own
    std::thread other;
    if (m_options.parallel)
        other = std::thread([&] { laid.emplace(b, places, m_options, m_skipped); });
    Tree left(a, m_places, m_options, m_skipped);
    if (m_options.parallel)
        other.join();
    else
        laid.emplace(b, m_places, m_options, m_skipped);
    Tree &right = *laid;
    if (!left.secretKeys().isEmpty() && !right.secretKeys().isEmpty() && left.secretKeys() != right.secretKeys()) {
        left.maskSecrets();
        right.maskSecrets();
    }
    return Walk(left, right, m_identities, m_options, without, m_paired).run();
}

double Comparer::similarityWithout(Json::Value a, Json::Value b, std::string_view without)
{
    Tree left(a, m_places, m_options, m_skipped), right(b, m_places, m_options, m_skipped);
    qint64 budget = 1'000'000;
    return similarity(left, left.node(0), right, right.node(0), budget, without);
}

ValueDifference differenceOf(Json::Value a, Json::Value b, const Catalogue::DomainRules &rules, const Options &options)
{
    return Comparer(rules, options).compare(a, b);
}

QList<FieldChange> compareValues(Json::Value a, Json::Value b, const Catalogue::DomainRules &rules, const Options &options)
{
    return differenceOf(a, b, rules, options).fields;
}

} // namespace Orgtrace::Compare
