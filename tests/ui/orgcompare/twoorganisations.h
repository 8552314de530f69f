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

/// A store of two imported organisations, "Testland" and "Prodland", whose ids differ: four queues of one name here and there, of which the second differs in its
/// description; "Pilot" and "Legacy" on one side only; two queues "Support" against one; one division; and so many users. Where it is odd, "Queue 1" also has
/// a list of which the right one lacks the middle and leads to one of the two "Support", and one queue of the left could not be read.
class TwoOrganisations
{
public:
    static constexpr auto LeftId = "11111111-1111-4111-8111-111111111111", RightId = "22222222-2222-4222-8222-222222222222";
    ManualClock clock{QDateTime(QDate(2026, 10, 20), QTime(12, 0), QTimeZone::UTC)};
    std::unique_ptr<Credentials::CredentialStore> credentials = Credentials::memoryStore();

    [[nodiscard]] QString folder() const { return m_folder.filePath(QStringLiteral("store")); }

    [[nodiscard]] Result<void> make(int users = 0, bool isOdd = false)
    {
        const Result<void> made = QCoro::waitFor(Operations::Workspace::init(folder(), {}, *credentials));
        if (!made) {
            return made;
        }
        Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(folder(), clock, *credentials);
        if (!workspace) {
            return std::unexpected(workspace.error());
        }
        for (const bool isProd : {false, true}) {
            Evidence::OrganisationSettings organisation;
            organisation.name = isProd ? QStringLiteral("prodland") : QStringLiteral("testland");
            organisation.region = QStringLiteral("eu-central-1");
            organisation.organisationId = QString::fromLatin1(isProd ? RightId : LeftId);
            if (const Result<void> saved = Evidence::saveOrganisation(folder(), organisation); !saved) {
                return saved;
            }
            const QString source = m_folder.filePath(organisation.name);
            const QByteArray side = isProd ? "right" : "left";
            write(source, "organization",
                  "{\"id\": \"" + organisation.organisationId.toLatin1() + "\", \"name\": \"" + (isProd ? "Prodland" : "Testland") + "\"}");
            write(source, "divisions", "[{\"id\": \"division-" + side + "-0001\", \"name\": \"Home\"}]");
            QByteArray queues;
            const auto queue
                = [&](const QByteArray &id, const QByteArray &name, const QByteArray &description, const QByteArray &more = {}) {
                      queues += QByteArray(queues.isEmpty() ? "" : ",\n") + "{\"id\": \"queue-" + side + "-" + id + "\", \"name\": \""
                          + name + "\", \"description\": \"" + description + "\", \"division\": {\"id\": \"division-" + side
                          + "-0001\", \"name\": \"Home\"}" + more + "}";
                  };
            const QByteArray odd = ", \"labels\": [{\"id\": \"label-one\", \"ink\": 1}, "
                + QByteArray(isProd ? "" : "{\"id\": \"label-two\", \"ink\": 2}, ")
                + "{\"id\": \"label-three\", \"ink\": 3}], \"backup\": {\"id\": \"queue-" + side + "-0200\"}";
            for (int i = 0; i < 4; ++i) {
                const QByteArray number = QByteArray::number(i);
                queue("000" + number, "Queue " + number, i == 1 && isProd ? "calm" : "busy", i == 1 && isOdd ? odd : QByteArray());
            }
            queue("0100", isProd ? "Legacy" : "Pilot", "alone");
            queue("0200", "Support", "first");
            if (!isProd) {
                queue("0201", "Support", "second");
            }
            if (isOdd && !isProd) {
                queues += ",\n{\"id\": \"queue-left-0900\", \"name\": \"Unread\", \"name\": \"Unread\"}"; // one key twice
            }
            write(source, "queues", "[" + queues + "]");
            QByteArray people;
            for (int i = 0; i < users; ++i) {
                const QByteArray number = QByteArray::number(i).rightJustified(6, '0');
                people += QByteArray(i > 0 ? ",\n" : "") + "{\"id\": \"user-" + side + "-" + number + "\", \"username\": \"person." + number
                    + "@example.org\", \"name\": \"Person " + number + "\", \"title\": \"" + (isProd && i % 2 ? "Lead" : "Agent")
                    + "\", \"division\": {\"id\": \"division-" + side + "-0001\"}}";
            }
            if (users > 0) {
                write(source, "users", "[" + people + "]");
            }
            const QDateTime at = QDateTime(QDate(2026, 10, isProd ? 2 : 1), QTime(6, 0), QTimeZone::UTC);
            const Result<Capture::Outcome> outcome = QCoro::waitFor((*workspace)->importFolder(source, organisation.name, at, {}));
            if (!outcome) {
                return std::unexpected(outcome.error());
            }
        }
        return {};
    }

private:
    static void write(const QString &folder, const char *domain, const QByteArray &json)
    {
        QDir().mkpath(folder);
        QFile file(QDir(folder).filePath(QString::fromLatin1(domain) + QStringLiteral(".json")));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(json);
        }
    }

    QTemporaryDir m_folder;
};

} // namespace Orgtrace
