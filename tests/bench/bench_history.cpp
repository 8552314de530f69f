#include "access/timemachine.h"
#include "base/digest.h"
#include "policy/accesscheck.h"

#include <QTemporaryDir>

#include <benchmark/benchmark.h>

// The shipped access rules over 10,000 users of whom one in fifty holds rights that the rules name. And: when one of 10,000 users held one permission, over 1,000 snapshots in each of which ten users and one grant of somebody else changed, and ten times a membership
// of the user asked about.
namespace {

using namespace Orgtrace;

constexpr int HistorySnapshots = 1000, HistoryUsers = 10'000, HistoryGroups = 150;

struct Prepared {
    QString id;
    QByteArray text, blob, sha;
};

Prepared prepared(const QString &id, const QByteArray &text)
{
    return {id, text, gitBlobId(view(text)), sha256(view(text))};
}

QString idOf(const char *kind, int number)
{
    return QStringLiteral("%1-%2").arg(QLatin1StringView(kind)).arg(number, 5, 10, QLatin1Char('0'));
}

struct LongStore {
    QTemporaryDir directory;
    QString folder = directory.filePath(QStringLiteral("store"));
    QString mistake;

    LongStore()
    {
        const auto signer = Evidence::Signer::fromSeed(std::string(32, 's'));
        const auto made = Evidence::Store::init(folder, {QStringLiteral("bench"), signer->publicKeyLine(), {}, QStringLiteral("bench")});
        std::map<QString, QList<Prepared>> domains;
        for (int i = 0; i < HistoryUsers; ++i) {
            domains[QStringLiteral("users")].append(user(i, 0));
            domains[QStringLiteral("grants")].append(grantOf(i, i % 50));
        }
        for (int i = 0; i < HistoryGroups; ++i) {
            const QByteArray id = idOf("group", i).toUtf8();
            domains[QStringLiteral("groups")].append(
                prepared(idOf("group", i), "{\"id\":\"" + id + "\",\"name\":\"" + id + "\",\"rolesEnabled\":true}\n"));
            domains[QStringLiteral("group_members")].append(members(i, false));
        }
        for (int i = 0; i < 200; ++i) {
            QByteArray lines;
            for (int line = 0; line < 20; ++line) {
                lines += QByteArray(line ? "," : "") + R"({"domain":"d)" + QByteArray::number((i + line) % 40) + R"(","entityName":"e)"
                    + QByteArray::number(line % 5) + R"(","actionSet":["*"]})";
            }
            const QByteArray id = idOf("role", i).toUtf8();
            domains[QStringLiteral("roles")].append(
                prepared(idOf("role", i), "{\"id\":\"" + id + "\",\"name\":\"" + id + "\",\"permissionPolicies\":[" + lines + "]}\n"));
        }
        for (int d = 0; d < 40; ++d) {
            QByteArray entities;
            for (int e = 0; e < 5; ++e) {
                QByteArray actions;
                for (const char *action : {"view", "add", "edit", "delete", "search"}) {
                    actions += QByteArray(actions.isEmpty() ? "" : ",") + R"({"domain":"d)" + QByteArray::number(d) + R"(","entityType":"e)"
                        + QByteArray::number(e) + R"(","action":")" + action + R"(","divisionAware":true})";
                }
                entities += QByteArray(e ? "," : "") + "\"e" + QByteArray::number(e) + "\":[" + actions + ']';
            }
            domains[QStringLiteral("permissions_catalogue")].append(prepared(
                QStringLiteral("d%1").arg(d), "{\"domain\":\"d" + QByteArray::number(d) + "\",\"permissionMap\":{" + entities + "}}\n"));
        }
        domains[QStringLiteral("divisions")].append(prepared(QStringLiteral("x"), "{\"id\":\"x\",\"name\":\"X\"}\n"));
        const QDateTime start(QDate(2026, 1, 1), QTime(0, 0), QTimeZone::UTC);
        for (int snapshot = 0; made && snapshot < HistorySnapshots && mistake.isEmpty(); ++snapshot) {
            for (int i = 0; i < 10; ++i) {
                const int at = (snapshot * 10 + i) % HistoryUsers;
                domains[QStringLiteral("users")][at] = user(at, snapshot + 1);
            }
            const int other = 1 + snapshot % (HistoryUsers - 1);
            domains[QStringLiteral("grants")][other] = grantOf(other, (snapshot + 7) % 50);
            if (snapshot % 100 == 50) {
                domains[QStringLiteral("group_members")][0] = members(0, snapshot % 200 == 50);
            }
            write(domains, start.addSecs(3600LL * snapshot), *signer);
        }
    }

    static Prepared user(int number, int version)
    {
        const QByteArray id = idOf("user", number).toUtf8();
        return prepared(idOf("user", number),
                        "{\"email\":\"" + id + "@example.com\",\"id\":\"" + id + "\",\"name\":\"" + id + "\",\"title\":\"T"
                            + QByteArray::number(version) + "\"}\n");
    }
    static Prepared grantOf(int number, int role)
    {
        const QByteArray id
            = (number < HistoryUsers - HistoryGroups ? idOf("user", number) : idOf("group", HistoryUsers - 1 - number)).toUtf8();
        const QByteArray type = number < HistoryUsers - HistoryGroups ? "PC_USER" : "PC_GROUP";
        return prepared(QString::fromUtf8(id),
                        "{\"grants\":[{\"division\":{\"id\":\"x\"},\"role\":\"" + idOf("role", role + 30).toUtf8() + "\"}],\"id\":\"" + id
                            + "\",\"type\":\"" + type + "\"}\n");
    }
    static Prepared members(int group, bool withFirst)
    {
        QByteArray list = withFirst ? QByteArray(R"({"id":"user-00000"})") : QByteArray();
        for (int i = 0; i < 60; ++i) {
            list += QByteArray(list.isEmpty() ? "" : ",") + "{\"id\":\""
                + idOf("user", 1 + (group * 61 + i * 17) % (HistoryUsers - 1)).toUtf8() + "\"}";
        }
        const QByteArray id = idOf("group", group).toUtf8();
        return prepared(idOf("group", group), "{\"id\":\"" + id + "\",\"members\":[" + list + "]}\n");
    }

    void write(const std::map<QString, QList<Prepared>> &domains, const QDateTime &time, const Evidence::Signer &signer)
    {
        auto writer = Evidence::SnapshotWriter::begin(folder, QStringLiteral("org"));
        Result<void> done = writer ? Result<void>() : std::unexpected(writer.error());
        for (const auto &[domain, entities] : domains) {
            done = done ? writer->beginDomain(domain, entities.size() > 1000) : done;
            for (const Prepared &one : entities) {
                done = done ? writer->addEntity(one.id, one.text, one.blob, one.sha, {}) : done;
            }
            Evidence::LedgerRow row;
            row.domain = domain;
            row.firstRequestUtc = time.addSecs(-60);
            row.lastResponseUtc = time;
            done = done ? writer->endDomain(row) : done;
        }
        Evidence::Manifest manifest;
        manifest.organisationName = QStringLiteral("Bench");
        manifest.source = QStringLiteral("capture");
        manifest.startedUtc = time.addSecs(-60);
        manifest.finishedUtc = time;
        const auto made = done ? writer->commit(manifest, "[]\n", QStringLiteral("bench"), signer) : std::unexpected(done.error());
        if (!made) {
            mistake = made.error().detail;
        }
    }
};

void historyOverAThousandSnapshots(benchmark::State &state)
{
    static const LongStore store;
    qsizetype built = 0;
    for (auto _ : state) {
        const auto history = Access::permissionHistory(
            store.folder, {QStringLiteral("org"), QStringLiteral("user-00000"), QStringLiteral("d9:e0:add"), {}, {}, {}});
        if (!history || !store.mistake.isEmpty()) {
            state.SkipWithError((history ? store.mistake : history.error().detail).toStdString().c_str());
            return;
        }
        built = history->modelsBuilt;
    }
    state.counters["built"] = static_cast<double>(built);
    state.counters["snapshots"] = HistorySnapshots;
}
BENCHMARK(historyOverAThousandSnapshots)->Unit(benchmark::kMillisecond)->Iterations(3);

/// 200 roles, every tenth with a wildcard over a strong domain, granted to users in turn; one in 50 users holds one of the strong ones.
void accessRulesOverTenThousandUsers(benchmark::State &state)
{
    using namespace Access;
    Facts facts;
    const QStringList domains{QStringLiteral("authorization"), QStringLiteral("oauth"), QStringLiteral("audits"),
                              QStringLiteral("directory"), QStringLiteral("routing")};
    const QList<std::pair<QString, QString>> names{
        {QStringLiteral("grant"), QStringLiteral("add")},   {QStringLiteral("role"), QStringLiteral("edit")},
        {QStringLiteral("client"), QStringLiteral("edit")}, {QStringLiteral("audit"), QStringLiteral("view")},
        {QStringLiteral("user"), QStringLiteral("add")},    {QStringLiteral("group"), QStringLiteral("edit")}};
    for (const QString &domain : domains) {
        for (const auto &[entity, action] : names)
            facts.catalogue.append({domain, entity, action, true});
        for (int i = 0; i < 190; ++i)
            facts.catalogue.append({domain, QStringLiteral("e%1").arg(i), QStringLiteral("view"), true});
    }
    for (int i = 0; i < 200; ++i) {
        RoleDefinition role;
        role.id = role.name = idOf("role", i);
        const bool isStrong = i % 10 == 0;
        role.lines.append(
            {isStrong ? domains[i / 10 % domains.size()] : QStringLiteral("routing"), QStringLiteral("*"), {QStringLiteral("*")}, false});
        facts.roles.append(role);
    }
    for (int i = 0; i < HistoryUsers; ++i) {
        facts.subjects.append({idOf("user", i), idOf("user", i), SubjectKind::User});
        const int role = i % 50 == 0 ? i / 50 % 20 * 10 : 1 + i % 9;
        facts.grants.append({SubjectKind::User, idOf("user", i), idOf("role", role), {}, QStringLiteral("*"), {}, false});
    }
    const Resolver resolver(std::move(facts));
    const auto rules = Policy::readAccessRules({Policy::shippedAccessRules()});
    qsizetype findings = 0;
    for (auto _ : state) {
        const auto check = Policy::checkAccess(*rules, {resolver, {}, {}});
        findings = check ? check->findings.size() : -1;
    }
    state.counters["findings"] = static_cast<double>(findings);
}
BENCHMARK(accessRulesOverTenThousandUsers)->Unit(benchmark::kMillisecond);

} // namespace
