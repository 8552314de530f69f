#include "sandbox/ledger.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

struct Seen {
    const Effect *effect = nullptr;
    const StepNote *step = nullptr;
};

using EntityKey = std::pair<QString, QString>; // domain, entity

/// What is left of one entity's effects.
struct Rest {
    enum class State { Nothing, Added, Removed, Modified } state = State::Nothing;
    QStringList paths;
    std::vector<const StepNote *> steps; ///< in order, those that contributed
    QString lineageOf;
    std::map<std::string, std::string> whole; ///< the body at the end, as far as known
    std::map<std::string, std::string> origin; ///< the body at the beginning, of one that was removed
};

struct Span {
    std::string before, after;
    QString path;
    std::string top;
};

void extend(std::map<std::string, Span> &spans, const std::string &key, const std::string &before, const std::string &after,
            const QString &path, const std::string &top)
{
    const auto [it, isNew] = spans.try_emplace(key, Span{before, after, path, top});
    if (!isNew)
        it->second.after = after;
}

// Fields that say that someone saved, not what it is.
bool isSignal(const std::string &member)
{
    return member == "id" || member == "version" || member == "dateModified" || member == "dateCreated" || member == "modifiedBy"
        || member == "createdBy";
}

QStringList changedPaths(const std::vector<Seen> &seen)
{
    std::map<std::string, Span> fine;
    std::map<std::string, Span> tops;
    for (const Seen &one : seen) {
        const Effect &effect = *one.effect;
        if (effect.kind != Effect::Kind::Field)
            continue;
        extend(fine, effect.key, effect.before, effect.after, effect.path, effect.top);
        if (!effect.top.empty())
            extend(tops, effect.top, effect.topBefore, effect.topAfter, u'/' + QString::fromStdString(effect.top), effect.top);
    }
    QStringList paths;
    const auto addPath = [&paths](const QString &path) {
        if (!paths.contains(path))
            paths.append(path);
    };
    for (const auto &[key, span] : fine) {
        if (span.top.empty() && span.before != span.after) // a member or a grant
            addPath(span.path);
    }
    for (const auto &[top, whole] : tops) {
        if (whole.before == whole.after)
            continue;
        bool found = false;
        for (const auto &[key, span] : fine) {
            if (span.top == top && span.before != span.after) {
                addPath(span.path);
                found = true;
            }
        }
        if (!found) // changes that overlap: the member is named whole
            addPath(whole.path);
    }
    paths.sort();
    return paths;
}

Rest rest(const std::vector<Seen> &seen)
{
    Rest result;
    bool existedBefore = true;
    bool existsAfter = true;
    bool moved = false;
    for (const Seen &one : seen) {
        const Effect &effect = *one.effect;
        if (effect.kind == Effect::Kind::Saved)
            continue;
        if (effect.kind == Effect::Kind::Field) {
            if (!effect.top.empty()) {
                result.whole[effect.top] = effect.topAfter;
                result.origin.try_emplace(effect.top, effect.topBefore);
            }
        } else {
            if (effect.kind == Effect::Kind::Removed)
                result.origin.insert(effect.whole.begin(), effect.whole.end()); // what was changed before is known already
            if (!moved)
                existedBefore = effect.kind == Effect::Kind::Removed;
            moved = true;
            existsAfter = effect.kind == Effect::Kind::Added;
            if (!effect.lineageOf.isEmpty())
                result.lineageOf = effect.lineageOf;
            for (const auto &[name, text] : effect.whole)
                result.whole[name] = text;
        }
        if (std::ranges::find(result.steps, one.step) == result.steps.end())
            result.steps.push_back(one.step);
    }
    if (!existedBefore || !existsAfter) {
        if (existsAfter)
            result.state = Rest::State::Added;
        else if (existedBefore)
            result.state = Rest::State::Removed;
    } else {
        result.paths = changedPaths(seen);
        if (!result.paths.isEmpty())
            result.state = Rest::State::Modified;
    }
    return result;
}

ScriptedChange change(const EntityKey &key, const QString &kind, const Rest &rest)
{
    ScriptedChange out;
    out.domain = key.first;
    out.entity = key.second;
    out.kind = kind;
    out.paths = rest.paths;
    const StepNote &last = *rest.steps.back();
    out.atUtc = last.atUtc;
    out.actor = last.actor;
    QStringList stories;
    for (const StepNote *step : rest.steps) {
        out.incident = out.incident || step->incident;
        if (!stories.contains(step->story))
            stories.append(step->story);
    }
    out.story = stories.join(u' ');
    return out;
}

// The id an entity had before any recreation inside the range; empty where it was simply added.
QString origin(const std::map<EntityKey, Rest> &all, const QString &domain, const Rest &added)
{
    QString before = added.lineageOf;
    while (!before.isEmpty()) {
        const auto it = all.find({domain, before});
        if (it == all.end())
            return {}; // removed in an earlier range
        if (it->second.state == Rest::State::Removed)
            return before;
        before = it->second.lineageOf;
    }
    return {};
}

} // namespace

void Ledger::add(const StepNote &step, std::vector<Effect> effects)
{
    m_entries.push_back({step, std::move(effects)});
}

QList<ScriptedChange> Ledger::net(const QDateTime &fromUtc, const QDateTime &toUtc) const
{
    std::map<EntityKey, std::vector<Seen>> grouped;
    for (const Entry &entry : m_entries) {
        if (entry.step.atUtc <= fromUtc || entry.step.atUtc > toUtc)
            continue;
        for (const Effect &effect : entry.effects)
            grouped[{effect.domain, effect.entity}].push_back({&effect, &entry.step});
    }
    std::map<EntityKey, Rest> rests;
    for (const auto &[key, seen] : grouped)
        rests.emplace(key, rest(seen));

    std::map<EntityKey, QString> becomes; // removed entity → the one it lives on as
    for (const auto &[key, left] : rests) {
        if (left.state == Rest::State::Added) {
            if (const QString before = origin(rests, key.first, left); !before.isEmpty())
                becomes.emplace(EntityKey{key.first, before}, key.second);
        }
    }
    QList<ScriptedChange> list;
    for (auto &[key, left] : rests) {
        switch (left.state) {
        case Rest::State::Nothing: break;
        case Rest::State::Modified: list.append(change(key, u"modified"_s, left)); break;
        case Rest::State::Removed:
            if (!becomes.contains(key))
                list.append(change(key, u"removed"_s, left));
            break;
        case Rest::State::Added: {
            const auto lived = std::ranges::find_if(
                becomes, [&key = key](const auto &pair) { return pair.first.first == key.first && pair.second == key.second; });
            if (lived == becomes.end()) {
                left.paths.clear();
                list.append(change(key, u"added"_s, left));
                break;
            }
            const Rest &old = rests.at(lived->first);
            std::map<std::string, std::string> names = old.origin;
            names.insert(left.whole.begin(), left.whole.end());
            for (const auto &[name, text] : names) {
                const auto was = old.origin.find(name);
                const auto is = left.whole.find(name);
                const bool same = was != old.origin.end() && is != left.whole.end() && was->second == is->second;
                if (!isSignal(name) && !same)
                    left.paths.append(u'/' + QString::fromStdString(name));
            }
            left.steps.insert(left.steps.begin(), old.steps.begin(), old.steps.end());
            ScriptedChange lineage = change(key, u"lineage"_s, left);
            lineage.previousEntity = lived->first.second;
            list.append(lineage);
            break;
        }
        }
    }
    return list;
}

QList<ScriptedChange> Ledger::script(const QList<QDateTime> &captureTimes) const
{
    QList<ScriptedChange> list;
    for (const Entry &entry : m_entries) {
        const auto next = std::ranges::find_if(captureTimes, [&](const QDateTime &time) { return time >= entry.step.atUtc; });
        const QDateTime to = next == captureTimes.end() ? entry.step.atUtc : *next;
        const QDateTime from = next == captureTimes.begin() ? QDateTime::fromMSecsSinceEpoch(0, QTimeZone::UTC) : *(next - 1);
        const QList<ScriptedChange> remaining = net(from, to);

        std::map<EntityKey, std::vector<Seen>> grouped;
        for (const Effect &effect : entry.effects)
            grouped[{effect.domain, effect.entity}].push_back({&effect, &entry.step});
        for (const auto &[key, seen] : grouped) {
            Rest left = rest(seen);
            QString kind = u"saved"_s;
            switch (left.state) {
            case Rest::State::Added: kind = left.lineageOf.isEmpty() ? u"added"_s : u"lineage"_s; break;
            case Rest::State::Removed: kind = u"removed"_s; break;
            case Rest::State::Modified: kind = u"modified"_s; break;
            case Rest::State::Nothing: left.steps = {&entry.step};
            }
            ScriptedChange one = change(key, kind, left);
            one.previousEntity = left.lineageOf;
            one.undone = kind != u"saved"_s && std::ranges::none_of(remaining, [&](const ScriptedChange &other) {
                             return other.domain == one.domain && (other.entity == one.entity || other.previousEntity == one.entity);
                         });
            // A step that saves what it changes says so by its changes.
            if (kind != u"saved"_s || grouped.size() == 1)
                list.append(one);
        }
    }
    return list;
}

} // namespace Orgtrace::Sandbox
