#pragma once

#include "access/access.h"
#include "audit/query.h"
#include "base/clock.h"
#include "capture/capture.h"
#include "compare/clientrights.h"

#include "credentials/credentialstore.h"
#include "evidence/remote.h"
#include "evidence/settings.h"

#include "operations/capturejournal.h"
#include "operations/findings.h"
#include "operations/personsignin.h"

#include <QCoroTask>
#include <QNetworkAccessManager>

#include <memory>

namespace Orgtrace::Operations {

/// What the window and the command line share: one opened store with its keys, and the runs that join rooms.
///
/// Thread: the creator's (with an event loop); the pure parts run on workers by their callers with findings() and accessModel(), which open their own store.
/// Borrows clock and credentials; both must outlive it.
class Workspace
{
public:
    struct InitOptions {
        QString keyFile; ///< empty: OS keychain
        Credentials::Secret passphrase; ///< empty with keyFile: no passphrase
    };
    /// Makes a store with new signing, fingerprint and vault keys. Errors: as Store::init and CredentialStore.
    [[nodiscard]] static QCoro::Task<Result<void>> init(QString folder, InitOptions options, Credentials::CredentialStore &credentials);
    [[nodiscard]] static Result<std::unique_ptr<Workspace>> open(const QString &folder, Clock &clock,
                                                                 Credentials::CredentialStore &credentials);
    ~Workspace();

    [[nodiscard]] const Evidence::Store &store() const;
    [[nodiscard]] QString folder() const;
    [[nodiscard]] Clock &clock() const;

    [[nodiscard]] Result<QList<Evidence::OrganisationSettings>> organisations() const;
    [[nodiscard]] Result<Evidence::OrganisationSettings> organisation(const QString &name) const; ///< Errors: NotFound
    /// How organisations of grant "pkce" are signed in to from now on; without it they fail with NeedsPerson. Their tokens stay in memory, for the
    /// life of the workspace, so that a person signs in once for several runs.
    void setPersonSignIn(PersonSignIn person);

    /// Validates region, URLs and grant, stores the secret in the keychain (where one is given), then store.toml.
    [[nodiscard]] QCoro::Task<Result<void>> addOrganisation(Evidence::OrganisationSettings organisation, Credentials::Secret secret);

    /// The built-in catalogue with the user's files on top: STORE/catalogue/*.toml by name, then `extraFile` where one is given.
    /// Errors: BadInput (where = "file:line", detail = mistake and cure), Io, TooLarge.
    [[nodiscard]] Result<Catalogue::Catalogue> catalogue() const;
    void setExtraCatalogue(const QString &extraFile);

    /// What capture() would ask for. Errors: as its.
    [[nodiscard]] Result<QStringList> chosenDomains(const QStringList &domains, const QString &profile) const;
    /// A wire of a run's own, for what lasts longer than a capture (watch). Lives no longer than the workspace.
    [[nodiscard]] QCoro::Task<Result<std::unique_ptr<Genesys::ApiClient>>> client(QString name, CancellationToken cancel);

    using Division = Compare::NamedDivision;
    /// One line of `org check`.
    struct DomainCheck {
        QString domain, title, group;
        QStringList permissionsAny;
        QString through; ///< of these, the one that is held; empty: none, or none is needed
        bool allowed = false;
        bool isShortened = false; ///< read, but perhaps not whole: not in every division, or under a condition
        bool writePermission = false; ///< nothing that allows reading it is read-only
        QString why;
        bool missesNewDivisions = false; ///< read whole as of now: held in each division there is, but not in all
    };
    /// A permission that shortens lists without a word (API section 1.5).
    struct Partial {
        QString permission;
        QList<Division> heldIn;
        QList<Division> missing; ///< as far as the organisation's divisions could be listed
        bool isConditional = false; ///< somewhere only under a condition of its role
        QStringList domains; ///< that are read with it
    };
    /// What an identity may see and do, compared with what the catalogue needs.
    struct Check {
        QString organisationId, organisationName;
        QString subjectId, subjectName; ///< who signed in: the client, or a person
        QList<DomainCheck> domains;
        bool canReadAudit = false; ///< audits:audit:view, for the audit trail
        QStringList canWrite; ///< permissions that allow changing configuration (requirement 5.8)
        QStringList partialDivisions; ///< permissions not held in every division: lists are shorter without a word
        QList<Partial> partial; ///< the same, with where they are held; sorted alike
        QStringList leastPrivilege; ///< the permissions a read-only role needs
        QStringList leastPrivilegeWriting; ///< of these, the ones that allow writing too, for want of any other
        qsizetype grantsLeftOut = 0; ///< of the subject, beyond what is looked at: it may hold more than is said here
        [[nodiscard]] bool seesEverything() const; ///< every domain whole
    };
    /// @param profile whose domains are checked; empty: the default profile
    [[nodiscard]] QCoro::Task<Result<Check>> checkOrganisation(QString name, QString profile = {}, CancellationToken cancel = {});

    /// What the client of a captured snapshot could see and do, by the snapshot alone: its manifest, rules, divisions and permissions on offer. Pure
    /// reading, from any thread. Errors: NotFound (an import, or the platform did not tell), as Store.
    [[nodiscard]] static Result<Check> identityOf(const QString &storeFolder, const QString &snapshotId);

    /// @param domains empty: those of the profile
    /// @param profile empty: the default profile. Errors: BadInput where both are given, or one names what the catalogue does not know.
    [[nodiscard]] QCoro::Task<Result<Capture::Outcome>> capture(QString name, QStringList domains, CancellationToken cancel,
                                                                std::function<void(const Capture::Progress &)> progress,
                                                                QString profile = {}, CaptureOptions options = {});
    /// Whether capture() with `resumes` has something to go on with.
    [[nodiscard]] QCoro::Task<Result<std::optional<InterruptedCapture>>> interrupted(QString name) const;
    [[nodiscard]] QCoro::Task<Result<Capture::Outcome>> importFolder(QString folder, QString name, QDateTime observedUtc,
                                                                     CancellationToken cancel);
    void setQuotaShare(
        int percent); ///< of the request quota, left to the organisation's other integrations, in runs that begin later; default 40
    /// Pushes this writer's branches to each of the store's remotes, on a worker. capture(), importFolder() and pullAudit() do so when they have written; where
    /// that fails they succeed all the same, and the next push makes up for it.
    /// @param only one remote's name; empty: all. Errors: NotFound, BadInput (store.toml); what fails of a push is in it.
    [[nodiscard]] QCoro::Task<Result<QList<Evidence::Push>>> push(CancellationToken cancel, QString only = {});
    struct AuditOutcome {
        qint64 read = 0, added = 0;
        QList<Evidence::Push> pushes;
        QList<Evidence::AuditWindow> windows;
    };
    [[nodiscard]] QCoro::Task<Result<AuditOutcome>> pullAudit(QString name, QDateTime fromUtc, QDateTime toUtc, CancellationToken cancel,
                                                              std::function<void(int, int, qint64)> progress);

    /// `[ORG:]REV` to a snapshot. Errors: BadInput where ORG is needed and left out.
    [[nodiscard]] Result<Evidence::SnapshotSummary> resolve(const QString &expression) const;

private:
    Workspace();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Operations
