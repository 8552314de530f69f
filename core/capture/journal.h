#pragma once

#include "evidence/vault.h"
#include "genesys/apiclient.h"

#include <chrono>
#include <memory>

namespace Orgtrace::Capture {

/// Whose run a journal is of: only a run of the same organisation, client and rules may go on with it.
struct JournalAbout {
    QString organisation; ///< the user's name for it
    QString apiUrl, clientId;
    QString catalogueSha256; ///< hex, of the effective rules
    QDateTime startedUtc; ///< of the first of the runs that went on from each other

    [[nodiscard]] QByteArray toJson() const;
    [[nodiscard]] static Result<JournalAbout> fromJson(const QByteArray &json); ///< Errors: Integrity
};

/// Everything the platform answered in one run, sealed while it comes; what an interrupted run was answered, in front of the network; and in the end the snapshot's
/// bundle of raw payloads. One file serves all three (docs/formats/vault.md).
///
/// A thread of its own packs, seals and writes: what came is in the file within a fraction of a second, on disk within seconds. Killed anywhere, the good beginning of the
/// file is what the next run goes on with.
/// Thread: replay() and received() the client's; the others one at a time, from any; they block on the disk.
class Journal final : public Genesys::ReplyLog
{
public:
    struct Settings {
        QString storeFolder;
        Evidence::VaultKey key;
        JournalAbout about; ///< startedUtc is now
        bool resumes = false;
        std::chrono::seconds longestAge = std::chrono::hours(6); ///< of a journal to go on with
    };
    /// What was found of runs that ended without a snapshot.
    struct Found {
        qint64 records = 0; ///< this run goes on with; 0: it starts afresh
        QDateTime startedUtc; ///< of the run it goes on with
        QString damage; ///< why that journal's end could not be read; empty where it was whole
        QStringList setAside; ///< for each journal that is not gone on with, a sentence that says why
    };
    /// Errors: Io, DiskFull. A journal that cannot be gone on with is no error: it is told in found().
    [[nodiscard]] static Result<std::shared_ptr<Journal>> begin(const Settings &settings);
    /// What begin() would go on with where it may, and why not with the others. Begins nothing. Blocks on the disk.
    [[nodiscard]] static Found lookFor(const Settings &settings);
    ~Journal() override; ///< the file stays, unless nothing had come

    [[nodiscard]] std::optional<Genesys::ApiReply> replay(const Genesys::ApiRequest &request) override;
    void received(const Genesys::ApiRequest &request, const Genesys::ApiReply &reply) override;

    [[nodiscard]] const Found &found() const;
    [[nodiscard]] qint64 replayed() const; ///< answers handed out so far

    /// Ends the journal and gives it its name in the vault. Errors: Io, DiskFull, also of what was written before.
    [[nodiscard]] Result<Evidence::BundleSums> keep();
    void takeBack(); ///< after keep(), where there was no snapshot after all: the journal stays for the next run
    void discard(); ///< after the snapshot: this journal and those of earlier runs of the organisation have done their work

private:
    Journal();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Capture
