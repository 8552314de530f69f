#pragma once

#include "base/error.h"

#include <QDateTime>
#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QUrl>

#include <memory>

namespace Orgtrace::Sandbox {

/// A change the scenario makes, as a reader of snapshots must find it.
struct ScriptedChange {
    QDateTime atUtc;
    QString domain, entity; ///< snapshot domain and entity file id, e.g. "grants", group id
    QString kind; ///< "added", "removed", "modified", "lineage" (previousEntity → entity)
    QString previousEntity;
    QStringList paths; ///< field paths that change (by identity, as `diff --json` says them); empty for added and removed
    QString actor; ///< user id
    QString story; ///< one plain sentence
    bool incident = false; ///< part of the insider incident
    bool undone = false; ///< has no trace between captures (made and undone within the hour)
};

enum class Consent { Ask, Approve, Deny };

/// How persons sign in, by authorization code with PKCE.
struct PersonSettings {
    QString clientId = QStringLiteral("5eb1a7f0-0000-4000-8000-000000000003"); ///< a public client: no secret
    QStringList redirectUris{QStringLiteral("http://localhost:28657/")}; ///< registered ones, letter by letter
    Consent consent = Consent::Ask; ///< Ask: a page with two buttons; else /oauth/authorize decides at once
    QString user; ///< id, name or mail address of who signs in; empty: an administrator
    QStringList scopes; ///< of the client, e.g. "routing:readonly"; empty: everything the user may
    int tokenSeconds = 3600;
    bool givesRefreshTokens = false;
};

struct Settings {
    quint16 port = 0; ///< 0: any free one
    int users = 400;
    quint32 seed = 20261001;
    bool teamGrants = true; ///< synthetic PC_TEAM grants, labelled as such
    QString clientId = QStringLiteral("5eb1a7f0-0000-4000-8000-000000000001");
    QString clientSecret = QStringLiteral("sandbox-secret");
    int quotaPerMinute = 0; ///< 0: generous; the three inin-ratelimit headers are sent either way
    bool quotaByVirtualClock = false; ///< the quota's minute passes with the virtual clock alone, not with the wall's as well
    QString scenarioFile; ///< TOML; empty: the built-in month
    QString faultsFile;
    PersonSettings person;
};

/// A simulated organisation, served over loopback HTTP in the real API's dialect. Deterministic: same seed and time, same bytes, but for
/// the volatile fields that change on every call and the arrays that are reordered on every call, as the real platform does.
///
/// Thread: the creator's event loop. The virtual clock stands still until moved; Date headers and audit times follow it.
class Server : public QObject
{
    Q_OBJECT
public:
    explicit Server(Settings settings = {}, QObject *parent = nullptr);
    ~Server() override;

    [[nodiscard]] Result<void> listen(); ///< Errors: Io (port taken), BadInput (scenario or fault file)
    [[nodiscard]] QUrl baseUrl() const; ///< http://127.0.0.1:<port>, login and API alike
    [[nodiscard]] QString organisationId() const;
    [[nodiscard]] QString organisationName() const;

    [[nodiscard]] QDateTime nowUtc() const;
    void moveTo(const QDateTime &timeUtc); ///< applies every scripted step up to then; never back
    [[nodiscard]] QDateTime monthStartUtc() const; ///< 2026-10-01T00:00:00Z
    [[nodiscard]] QDateTime monthEndUtc() const;
    [[nodiscard]] QList<QDateTime>
    captureTimes() const; ///< when the demo captures: twelve, the first before any change, the last after all
    [[nodiscard]] QStringList captureTriggers() const; ///< what begins each of them: "schedule", "events", "hand"
    /// The net list between two times: what a comparison of snapshots taken then must list exactly; `undone` ones left out.
    [[nodiscard]] QList<ScriptedChange> expectedChanges(const QDateTime &fromUtc, const QDateTime &toUtc) const;
    [[nodiscard]] QList<ScriptedChange> script() const; ///< everything, undone ones too

    /// One scripted failure (docs/formats/faults.md). `path` is a prefix of the request path; count < 0: always.
    struct Fault {
        QString path;
        int status = 0; ///< HTTP status to answer with; 0 with `behaviour`
        QString behaviour; ///< "truncate", "hang", "duplicate-page" …: docs/formats/faults.md
        QByteArray body;
        int skip = 0, count = 1; ///< let `skip` requests through first, then fail `count`
        QByteArray retryAfter;
        QList<int> requests = {}; ///< which of the requests it meets, from 1; where not empty, instead of skip and count
        qint64 rows = 0; ///< of the page behaviours; 0: what the behaviour takes by itself
        int seconds = 0; ///< of "clock-skew"
        int ms = 0; ///< of "drip": between two bytes; 0: 50
    };
    void addFault(const Fault &fault);
    void clearFaults();
    /// What happens to every notification channel at once (docs/formats/scenario.md): "drop", "expire", "close", "heartbeat", "garbage", "mute", "unmute".
    bool commandChannels(const QString &what); ///< false: no such command
    [[nodiscard]] int openChannelSockets() const;
    [[nodiscard]] int channelsMade() const;
    [[nodiscard]] qint64 requestCount() const;
    [[nodiscard]] QStringList requestLog() const; ///< "GET /api/v2/users?pageNumber=1", newest last, bounded

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Sandbox
