#pragma once

#include "access/access.h"
#include "operations/workspace.h"
#include "search/link.h"
#include "session/side.h"

#include <QObject>
#include <QSet>

#include <array>
#include <memory>
#include <optional>

namespace Orgtrace::Ui {

/// What every view knows together: the open store, the timeline, the range A–B, its findings, and what is selected. Views know the session, never each other.
///
/// Every background job carries an id; an answer that is no longer asked for is dropped. Values are shared immutable.
/// Thread: GUI. No step of it takes more than 16 ms: reading runs on workers.
class Session final : public QObject
{
    Q_OBJECT
public:
    Session(Clock &clock, Credentials::CredentialStore &credentials, QObject *parent = nullptr);
    ~Session() override;

    void openStore(const QString &folder); ///< storeOpened() or failed() follows
    void closeStore();
    [[nodiscard]] bool isOpen() const;
    [[nodiscard]] bool isOpening() const;
    [[nodiscard]] QString folder() const; ///< of the open store, or of the one being opened
    [[nodiscard]] Operations::Workspace *workspace() const; ///< nullptr when closed
    [[nodiscard]] std::shared_ptr<Operations::Workspace> sharedWorkspace() const; ///< for runs that must outlive a closed store
    [[nodiscard]] Clock &clock() const;

    /// What the window can choose between: organisations with snapshots or settings.
    struct Organisation {
        QString id; ///< empty: never captured yet
        QString name; ///< as the platform calls it, else the settings' name
        QString settingsName; ///< name in store.toml; empty: only snapshots are known, it cannot be captured
        QString region;
        /// What setOrganisation() takes: the id, or the settings' name before the first capture.
        [[nodiscard]] QString key() const { return id.isEmpty() ? settingsName : id; }
    };
    [[nodiscard]] const QList<Organisation> &organisations() const;
    [[nodiscard]] Organisation organisation() const; ///< the chosen one; empty names where there is none
    [[nodiscard]] QStringList organisationNames() const; ///< those with snapshots or settings
    [[nodiscard]] QString organisationId() const;
    void setOrganisation(const QString &organisationId); ///< organisationChanged() and timelineChanged() follow

    [[nodiscard]] const QList<Evidence::SnapshotSummary> &timeline() const; ///< oldest first
    /// What the timeline shows for a tick: its difference to the one before; computed in the background, newest first.
    struct Tick {
        int changes = 0;
        std::optional<Policy::Severity> worst;
        bool known = false;
        int domainsNotComparable = 0;
        std::array<int, 4> bySeverity{}; ///< changes, by Policy::Severity
    };
    [[nodiscard]] Tick tick(const QString &snapshotId) const;
    [[nodiscard]] bool areTicksComplete() const;
    [[nodiscard]] int indexOf(const QString &snapshotId) const; ///< on the timeline; -1: not there
    [[nodiscard]] const Evidence::SnapshotSummary *snapshot(const QString &snapshotId) const; ///< nullptr where not on the timeline
    [[nodiscard]] QList<QDateTime> auditTimes() const; ///< event times for the density strip
    [[nodiscard]] QList<Evidence::AuditWindow> auditWindows() const;

    [[nodiscard]] QString idA() const;
    [[nodiscard]] QString idB() const;
    void setRange(const QString &idA, const QString &idB); ///< A before B on the timeline; swapped where not
    void stepRange(int by); ///< ←/→: moves B (and A with it, keeping the distance)
    void setRangeToIncident(); ///< around the worst ticks known; nothing where all is low

    using Findings = std::shared_ptr<const Operations::RangeFindings>;
    [[nodiscard]] Findings findings() const; ///< null while computing
    [[nodiscard]] bool isComputing() const;
    void showFindings(Findings findings); ///< instead of the range's own, until another range is chosen: for tests and previews

    /// Every name of both snapshots: read after the changes, which know those that they mention themselves. Null while being read or unreadable.
    struct Names {
        QHash<QString, QString> all; ///< "domain/id" → name
        QHash<QString, QString> old; ///< the same as of A, where it was another name
        QHash<QString, QString> byId; ///< id → name; of the same id in several domains, any
        QHash<QString, QString> oldById; ///< the same as of A, where it was another name
    };
    using NamesPtr = std::shared_ptr<const Names>;
    [[nodiscard]] NamesPtr names() const;
    [[nodiscard]] bool areNamesPending() const;

    /// The selected change, as an index into findings()->findings; -1: none.
    [[nodiscard]] int currentFinding() const;
    /// @param withinDomain the whole domain stays on show, and the change is selected in it.
    void setCurrentFinding(int index, bool withinDomain = false);
    /// The domain whose whole documents are on show; empty: those of the current change. Choosing a change ends it.
    [[nodiscard]] QString currentDomain() const;
    void setCurrentDomain(const QString &domain);
    [[nodiscard]] QString currentPointer() const; ///< selected field of it
    /// In whose text it stands; nullopt: nobody said, so it is where the change itself has it.
    [[nodiscard]] std::optional<Side> currentSide() const;
    void setCurrentPointer(const QString &pointer, std::optional<Side> side = {});

    /// An entity that is shown though it is no change between A and B: somebody came from a search or a link, or looks at what was left out. None where a
    /// change is selected.
    struct Entity {
        QString domain, id;
        friend bool operator==(const Entity &, const Entity &) = default;
    };
    [[nodiscard]] std::optional<Entity> shownEntity() const;
    /// Selects the change of that entity between A and B where there is one, else shows it as it is; then the place in it. @pre findings()
    void showEntity(const QString &domain, const QString &entity, const QString &pointer = {}, std::optional<Side> side = {});
    /// Goes to a place: the range first, then, once it is compared, the entity and the place in it. A link without `from` compares with the snapshot before.
    /// Errors, returned at once, nothing is moved then: NotFound (another store, no such snapshot on this timeline).
    [[nodiscard]] Result<void> goTo(const Search::Link &link);
    /// A link to a place between A and B; to the range alone where domain is empty. Empty store id where no store is open.
    [[nodiscard]] Search::Link linkTo(const QString &domain, const QString &entity, const QString &pointer) const;
    [[nodiscard]] Search::Link currentLink() const; ///< to what is selected

    /// Both canonical texts of an entity, read on a worker: entityTextsReady with the same job id follows.
    int requestEntityTexts(const QString &domain, const QString &entity, const QString &previousEntity = {});
    /// Two texts to lay side by side, and the rules of both snapshots under which they compare.
    struct Texts {
        QByteArray oldText, newText; ///< empty: not there on that side
        Catalogue::DomainRules rulesA, rulesB;
        QList<QByteArray> oldIds, newIds; ///< of a whole domain: the entities of the lists, in their order
        QSet<QString> leftOut; ///< of a whole domain: what is in neither list, because nothing of it can be compared
    };
    using TextsPtr = std::shared_ptr<const Texts>;
    /// A whole domain of A and B, each as one canonical list of its entities in id order, read on a worker: textsReady with the same job id follows.
    /// (requestEntityTexts() is answered by both signals.)
    int requestDomainTexts(const QString &domain);
    /// An entity of A and B as it came, secrets and all; every look is recorded in the activity log with the reason. rawTextsReady follows.
    int requestRawTexts(const QString &domain, const QString &entity, const QString &previousEntity, const QString &reason);
    /// What of an entity differs between A and B and is no change of a setting, read on a worker: leftOutReady follows. @pre findings()
    int requestLeftOut(const QString &domain, const QString &entity);
    /// The access model of A or B, kept for the last few snapshots: accessModelReady with the same job id follows.
    int requestAccessModel(const QString &snapshotId);

    void reload(); ///< after a capture, import or audit pull
    void exportReport(const QString &file); ///< reportWritten() or failed() follows

    /// What proving the whole store gave, done once in the background after the ticks. Not there while unknown.
    struct Proof {
        std::optional<Error> error;
        qint64 commits = 0, signatures = 0;
        QList<Evidence::Store::Problem> problems;
        QDateTime provenUtc;
    };
    [[nodiscard]] std::optional<Proof> proof() const;

    /// Nothing is being read, compared or written right now. settled() says when it becomes true.
    [[nodiscard]] bool isSettled() const;

Q_SIGNALS:
    void storeOpened();
    void storeClosed();
    void organisationChanged();
    void timelineChanged();
    void tickChanged(const QString &snapshotId);
    void rangeChanged();
    void findingsChanged();
    void progress(qint64 done, qint64 total);
    void namesChanged();
    void currentFindingChanged(int index);
    void currentPointerChanged(const QString &pointer); ///< or its side
    void shownEntityChanged();
    void currentDomainChanged(const QString &domain);
    void textsReady(int job, const Orgtrace::Ui::Session::TextsPtr &texts);
    /// An error for each side that has none here: NotFound where it was never kept or is pruned.
    void rawTextsReady(int job, const Orgtrace::Result<QByteArray> &oldText, const Orgtrace::Result<QByteArray> &newText);
    void entityTextsReady(int job, const QByteArray &oldText, const QByteArray &newText);
    void leftOutReady(int job, const Orgtrace::Result<QList<Orgtrace::Compare::SuppressedField>> &fields);
    void accessModelReady(int job, const QString &snapshotId, const std::shared_ptr<const Orgtrace::Access::AccessModel> &model);
    void reportWritten(const QString &file);
    void proofChanged();
    void settled();
    void failed(const Orgtrace::Error &error, const QString &whatWasKept);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// A failure in words: what happened, what was kept, what to do. The only place where codes become sentences in the window.
[[nodiscard]] QString errorText(const Error &error);

/// Indexes A and B around the densest run of the worst ticks (only High and Critical count; one lesser tick in between does not end a run; the later of
/// equal runs), A the snapshot before the first of them; nullopt where there are none.
[[nodiscard]] std::optional<std::pair<int, int>> incidentRange(const QList<Session::Tick> &ticks);

} // namespace Orgtrace::Ui
