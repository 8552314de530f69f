#pragma once

#include "base/clock.h"
#include "credentials/credentialstore.h"
#include "operations/workspace.h"

#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

namespace Orgtrace {

/// A store of five small imported snapshots, a day apart: queues change a little each day, on the third a role is granted to a group and a group appears.
class SmallStore
{
public:
    ManualClock clock{QDateTime(QDate(2026, 10, 20), QTime(12, 0), QTimeZone::UTC)};
    std::unique_ptr<Credentials::CredentialStore> credentials = Credentials::memoryStore();

    [[nodiscard]] QString folder() const { return m_folder.filePath(QStringLiteral("store")); }

    /// @param queues how many queues there are; @param changed how many of them change on the last day.
    [[nodiscard]] Result<void> make(int queues = 6, int changed = 2)
    {
        const Result<void> made = QCoro::waitFor(Operations::Workspace::init(folder(), {}, *credentials));
        if (!made) {
            return made;
        }
        Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(folder(), clock, *credentials);
        if (!workspace) {
            return std::unexpected(workspace.error());
        }
        Evidence::OrganisationSettings organisation;
        organisation.name = QStringLiteral("testland");
        organisation.region = QStringLiteral("eu-central-1");
        organisation.organisationId = QStringLiteral("11111111-1111-4111-8111-111111111111");
        if (const Result<void> saved = Evidence::saveOrganisation(folder(), organisation); !saved) {
            return saved;
        }
        for (int day = 0; day < 5; ++day) {
            const QString source = m_folder.filePath(QStringLiteral("day%1").arg(day));
            write(source, QStringLiteral("organization"), "{\"id\": \"11111111-1111-4111-8111-111111111111\", \"name\": \"Testland\"}");
            QByteArray list;
            for (int i = 0; i < queues; ++i) {
                const int level = i < 2 ? day : i < changed && day == 4 ? 1 : 0;
                list += QStringLiteral("%1{\"id\": \"queue-%2\", \"name\": \"Queue %2\", \"acwSettings\": {\"timeoutMs\": %3}, "
                                       "\"description\": \"level %4\"}")
                            .arg(i ? QStringLiteral(",\n") : QString())
                            .arg(i)
                            .arg(1000 + level)
                            .arg(level)
                            .toUtf8();
            }
            write(source, QStringLiteral("queues"), "[" + list + "]");
            QByteArray groups = "{\"id\": \"group-1\", \"name\": \"Contractors\"}";
            if (day >= 2) {
                groups += ", {\"id\": \"group-2\", \"name\": \"Night shift\"}";
            }
            write(source, QStringLiteral("groups"), "[" + groups + "]");
            write(source, QStringLiteral("roles"),
                  "[{\"id\": \"role-1\", \"name\": \"Agent\", \"permissionPolicies\": [{\"domain\": \"routing\", \"entityName\": "
                  "\"queue\", \"actionSet\": [\"view\"]}]},"
                  " {\"id\": \"role-2\", \"name\": \"Master Admin\", \"permissionPolicies\": [{\"domain\": \"authorization\", "
                  "\"entityName\": \"grant\", \"actionSet\": [\"*\"]}]}]");
            const QByteArray more = day >= 2 ? ", {\"role\": \"role-2\", \"division\": \"*\"}" : "";
            write(source, QStringLiteral("grants"),
                  "[{\"id\": \"group-1\", \"type\": \"PC_GROUP\", \"grants\": [{\"role\": \"role-1\", \"division\": \"*\"}" + more + "]}]");
            const QDateTime at = QDateTime(QDate(2026, 10, 1 + day), QTime(6, 0), QTimeZone::UTC);
            const Result<Capture::Outcome> outcome = QCoro::waitFor((*workspace)->importFolder(source, QStringLiteral("testland"), at, {}));
            if (!outcome) {
                return std::unexpected(outcome.error());
            }
        }
        return {};
    }

private:
    static void write(const QString &folder, const QString &domain, const QByteArray &json)
    {
        QDir().mkpath(folder);
        QFile file(QDir(folder).filePath(domain + QStringLiteral(".json")));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(json);
        }
    }

    QTemporaryDir m_folder;
};

} // namespace Orgtrace
