#include "access/difference.h"
#include "access/model.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <malloc.h>
#include <random>
#include <string>

// Effective rights of an organisation of 10,000 users, 200 roles, 150 groups, 1,000 permissions and 30 divisions. Every user holds a default role and
// three of their own and is in one or two groups, so that hardly two users hold the same: sharing helps least. The label tells the median of the
// processor time of this one thread beside what is allowed.
namespace {

using namespace Orgtrace::Access;

constexpr int Roles = 200, Groups = 150, Permissions = 1000, Divisions = 30;

double processorSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

QString uuid(std::mt19937 &random)
{
    const auto part = [&] { return QString::number(random(), 16).rightJustified(8, QLatin1Char('0')); };
    return QString(part() + QStringLiteral("-0000-4000-8000-") + part() + part().left(4));
}

/// As a reader leaves it: the text of an id stands in memory once.
Facts organisation(int users)
{
    std::mt19937 random(11);
    const auto pick = [&](qsizetype bound) { return static_cast<qsizetype>(random() % static_cast<unsigned>(bound)); };
    Facts facts;
    for (int i = 0; i < Permissions; ++i) {
        facts.catalogue.append({QStringLiteral("domain%1").arg(i % 40), QStringLiteral("entity%1").arg(i / 5),
                                QStringLiteral("action%1").arg(i % 5), i % 4 != 0});
    }
    QStringList divisions{QStringLiteral("*")};
    for (int i = 0; i < Divisions; ++i) {
        divisions.append(uuid(random));
        facts.divisionNames.insert(divisions.last(), QStringLiteral("Division %1").arg(i));
    }
    for (int i = 0; i < Roles; ++i) {
        RoleDefinition role;
        role.id = uuid(random);
        role.name = QStringLiteral("Role %1").arg(i);
        role.isDefault = i == 0;
        for (qsizetype line = i == 0 ? 20 : 40 + pick(30); line > 0; --line) {
            // The last permission is one of few: what an investigator asks for.
            const CataloguePermission &permission = facts.catalogue[pick(Permissions - 1)];
            role.lines.append({permission.domain, permission.entityType, {permission.action}, line % 20 == 19});
        }
        if (i % 20 == 7) {
            role.lines.append({QStringLiteral("domain%1").arg(i % 40), QStringLiteral("*"), {QStringLiteral("*")}, false});
        }
        if (i == 33) {
            const CataloguePermission &rare = facts.catalogue.last();
            role.lines.append({rare.domain, rare.entityType, {rare.action}, false});
        }
        facts.roles.append(role);
    }
    const auto grant = [&](SubjectKind kind, const QString &id, qsizetype role, const QString &division) {
        facts.grants.append({.subjectKind = kind,
                             .subjectId = id,
                             .roleId = facts.roles[role].id,
                             .roleName = {},
                             .divisionId = division,
                             .inheritedFrom = {}});
    };
    const int groups = Groups * (users / 10'000);
    for (int i = 0; i < groups; ++i) {
        facts.containers.append({{uuid(random), QStringLiteral("Group %1").arg(i), SubjectKind::Group}, i % 10 != 9, true, {}});
    }
    for (int i = 0; i < users; ++i) {
        const QString id = uuid(random);
        QString name;
        for (int letter = 0; letter < 12; ++letter) {
            name += QChar(u'a' + static_cast<char16_t>(pick(26)));
        }
        facts.subjects.append({id, name, SubjectKind::User});
        grant(SubjectKind::User, id, 0, divisions[0]);
        for (int own = 0; own < 3; ++own) {
            grant(SubjectKind::User, id, 1 + pick(Roles - 1), divisions[pick(divisions.size())]);
        }
        for (int in = i % 2; in < 2; ++in) {
            facts.containers[pick(groups)].members.append(id);
        }
    }
    for (int i = 0; i < groups; ++i) {
        for (int own = 0; own < 2; ++own) {
            grant(SubjectKind::Group, facts.containers[i].self.id, 1 + pick(Roles - 1), divisions[pick(divisions.size())]);
        }
        if (i % 15 == 14) {
            facts.containers[i].members.append(facts.containers[i - 1].self.id);
        }
    }
    using Whom = AccessPolicy::Whom;
    facts.policies = {{.id = QStringLiteral("p1"),
                       .name = {},
                       .effect = AccessPolicy::Effect::Deny,
                       .active = true,
                       .whom = Whom::Group,
                       .subjectId = facts.containers[3].self.id,
                       .target = QStringLiteral("domain3:*:*")},
                      {.id = QStringLiteral("p2"),
                       .name = {},
                       .effect = AccessPolicy::Effect::Deny,
                       .active = true,
                       .whom = Whom::All,
                       .subjectId = {},
                       .target = QStringLiteral("domain5:entity1:action0"),
                       .conditional = true}};
    return facts;
}

const Facts &tenThousand()
{
    static const Facts facts = organisation(10'000);
    return facts;
}

const Resolver &resolved()
{
    static const Resolver resolver = [] {
        Resolver made(tenThousand());
        made.resolveAll();
        return made;
    }();
    return resolver;
}

QString permissionText(const CataloguePermission &permission)
{
    return QString(permission.domain + u':' + permission.entityType + u':' + permission.action);
}

QString rarePermission()
{
    return permissionText(tenThousand().catalogue.last());
}

QString commonPermission()
{
    const PolicyLine &line = tenThousand().roles.first().lines.first();
    return QString(line.domain + u':' + line.entity + u':' + line.actions.first());
}

class Times
{
public:
    template<typename Work> auto measure(const Work &work)
    {
        const double start = processorSeconds();
        auto result = work();
        m_seconds.push_back(processorSeconds() - start);
        return result;
    }
    double median()
    {
        std::ranges::sort(m_seconds);
        return m_seconds.empty() ? 0 : m_seconds[m_seconds.size() / 2];
    }
    void judge(benchmark::State &state, double allowedMs, const std::string &more = {})
    {
        const double ms = median() * 1000;
        char text[160];
        std::snprintf(text, sizeof text, "%.3f ms (best %.3f), allowed %.1f ms: %s", ms, m_seconds.empty() ? 0 : m_seconds.front() * 1000,
                      allowedMs, ms <= allowedMs ? "MET" : "MISSED");
        state.SetLabel(text + (more.empty() ? std::string() : "; " + more));
    }

private:
    std::vector<double> m_seconds;
};

/// From parsed input to every right of everybody.
void resolveEverything(benchmark::State &state)
{
    Times times;
    Resolver::Extent extent;
    for (auto _ : state) {
        const Resolver resolver = times.measure([&] {
            Resolver made(tenThousand());
            extent = made.resolveAll();
            return made;
        });
        state.PauseTiming();
        benchmark::DoNotOptimize(&resolver);
        state.ResumeTiming();
    }
    times.judge(state, 20, std::to_string(extent.holdingSets) + " holding sets");
}

void whoCan(benchmark::State &state, QString (*which)(), bool withPaths)
{
    Times times;
    qsizetype found = 0;
    const QString permission = which();
    const Resolver &resolver = resolved();
    for (auto _ : state) {
        if (withPaths) {
            found = times.measure([&] { return *resolver.holders(permission); }).size();
        } else {
            found = times.measure([&] { return resolver.subjectsWith(permission); }).size();
        }
    }
    times.judge(state, 0.5, std::to_string(found) + " can");
}

void pathsOfOne(benchmark::State &state)
{
    Times times;
    const Resolver &resolver = resolved();
    const Subject subject = resolver.subjects()[resolver.subjectsWith(rarePermission()).first()];
    qsizetype paths = 0;
    for (auto _ : state) {
        paths = times.measure([&] { return *resolver.can(subject, rarePermission()); }).paths.size();
    }
    times.judge(state, 1, std::to_string(paths) + " paths");
}

void everythingOfOne(benchmark::State &state)
{
    const Resolver &resolver = resolved();
    const Subject subject = resolver.subjects()[resolver.subjectsWith(rarePermission()).first()];
    qsizetype permissions = 0;
    for (auto _ : state) {
        permissions = resolver.effective(subject).permissions.size();
    }
    state.SetLabel(std::to_string(permissions) + " permissions");
}

/// A hundred users gain a role, one role gains a permission.
void effectiveDifference(benchmark::State &state)
{
    Facts changed = tenThousand();
    for (int i = 0; i < 100; ++i) {
        Grant more = changed.grants[i * 4];
        more.roleId = changed.roles[1 + i % (Roles - 1)].id;
        changed.grants.append(more);
    }
    const CataloguePermission &rare = changed.catalogue.last();
    changed.roles[77].lines.append({rare.domain, rare.entityType, {rare.action}, false});
    const Resolver after(changed);
    Times times;
    qsizetype subjects = 0;
    for (auto _ : state) {
        subjects = times.measure([&] { return difference(resolved(), after); }).subjects.size();
    }
    times.judge(state, 60, std::to_string(subjects) + " subjects changed");
}

void memory(benchmark::State &state)
{
    static_cast<void>(tenThousand());
    double used = 0;
    const auto inUse = [] {
        const struct mallinfo2 info = mallinfo2();
        return double(info.uordblks) + double(info.hblkhd);
    };
    for (auto _ : state) {
        const double before = inUse();
        const Resolver resolver(tenThousand());
        resolver.resolveAll();
        used = (inUse() - before) / 1e6;
    }
    char text[120];
    std::snprintf(text, sizeof text, "%.1f MB beyond the parsed input, allowed 60 MB: %s", used, used <= 60 ? "MET" : "MISSED");
    state.SetLabel(text);
}

/// More users and groups: what a thousand users cost, which is the slope.
void slope(benchmark::State &state)
{
    const std::vector<int> sizes{10'000, 20'000, 50'000, 100'000};
    std::vector<Facts> organisations;
    for (const int users : sizes) {
        organisations.push_back(organisation(users));
    }
    std::vector<Times> times(sizes.size());
    for (auto _ : state) {
        for (size_t i = 0; i < sizes.size(); ++i) {
            benchmark::DoNotOptimize(times[i].measure([&] {
                Resolver made(organisations[i]);
                made.resolveAll();
                return made;
            }));
        }
    }
    std::string text;
    for (size_t i = 0; i < sizes.size(); ++i) {
        char part[80];
        const double ms = times[i].median() * 1000;
        std::snprintf(part, sizeof part, "%s%d users %.0f ms (%.2f a thousand)", i == 0 ? "" : ", ", sizes[i], ms, ms / (sizes[i] / 1000));
        text += part;
    }
    state.SetLabel(text);
}

/// Bad data or a very large organisation: ten thousand users with a hundred grants each, all of them different. Bounded in time and memory.
void aMillionGrants(benchmark::State &state)
{
    static const Facts facts = [] {
        Facts many = organisation(10'000);
        std::mt19937 random(23);
        const qsizetype own = many.grants.size();
        for (qsizetype i = 0; many.grants.size() < 1'000'000; ++i) {
            Grant more = many.grants[i % own];
            more.roleId = many.roles[qsizetype(random() % unsigned(Roles))].id;
            more.divisionId = many.grants[qsizetype(random() % unsigned(own))].divisionId;
            many.grants.append(more);
        }
        return many;
    }();
    Times times;
    Resolver::Extent extent;
    for (auto _ : state) {
        benchmark::DoNotOptimize(times.measure([&] {
            Resolver made(facts);
            extent = made.resolveAll();
            return made;
        }));
    }
    times.judge(state, 2000,
                std::to_string(extent.holdingSets) + " holding sets, " + std::to_string(extent.bytes / 1'000'000) + " MB of them");
}

BENCHMARK(resolveEverything)->Name("access/resolve everything for 10,000 users")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whoCan, everybody, &commonPermission, false)->Name("access/who can, what everybody can")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whoCan, few, &rarePermission, false)->Name("access/who can, what few can")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whoCan, fewWithPaths, &rarePermission, true)
    ->Name("access/who can, what few can, with every path and caveat")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(pathsOfOne)->Name("access/all paths of one subject and permission")->Unit(benchmark::kMillisecond);
BENCHMARK(everythingOfOne)->Name("access/everything of one subject, with every path")->Unit(benchmark::kMillisecond);
BENCHMARK(effectiveDifference)->Name("access/effective difference of 10,000 users")->Unit(benchmark::kMillisecond);
BENCHMARK(memory)->Name("access/memory")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(aMillionGrants)->Name("access/a million grants")->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(slope)->Name("access/growth to 100,000 users")->Unit(benchmark::kMillisecond)->Iterations(5);

} // namespace
