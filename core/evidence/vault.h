#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace Orgtrace::Evidence {

/// What came for one request, as it was received.
struct RawRecord {
    QByteArray method; ///< "GET"
    QByteArray target; ///< path and query, as they were sent
    QByteArray requestBody; ///< of a POST
    int status = 0;
    int attempts = 1;
    QDateTime sentAtUtc, receivedAtUtc;
    QDateTime serverDateUtc; ///< the Date header; invalid where there was none
    QString correlationId;
    QByteArray body;

    friend bool operator==(const RawRecord &, const RawRecord &) = default;
};

/// The key that seals a store's raw payloads. Shared by copies, in memory that is wiped. Thread-safe.
class VaultKey
{
public:
    static constexpr qsizetype Bytes = 32;
    [[nodiscard]] static Result<VaultKey> fromBytes(std::string_view bytes); ///< Errors: KeyUnavailable (not 32 bytes)
    [[nodiscard]] std::string_view view() const;
    [[nodiscard]] QByteArray id() const; ///< 8 bytes, tells keys apart and nothing else

private:
    std::shared_ptr<const unsigned char> m_bytes;
};

/// What a finished bundle is known by.
struct BundleSums {
    QString sha256; ///< hex, of the sealed file
    qint64 bytes = 0, records = 0;
};

/// Writes a sealed file of records (docs/formats/vault.md): the journal of a run that is under way, and, once finished, its bundle. Append only: what was
/// appended and synced stays readable whatever happens to the process.
///
/// Thread: one at a time. The file is 0600, never an existing one, and locked (flock) for as long as the writer lives.
/// Errors: Io, DiskFull; after one the writer writes nothing more.
class VaultWriter
{
public:
    /// @param about what the file is for, as JSON; sealed as well
    [[nodiscard]] static Result<VaultWriter> create(const QString &path, const VaultKey &key, const QByteArray &about);
    VaultWriter(VaultWriter &&) noexcept;
    VaultWriter &operator=(VaultWriter &&) noexcept;
    ~VaultWriter(); ///< the file stays, unfinished

    [[nodiscard]] Result<void> append(std::span<const RawRecord> records); ///< survives the process at once, the machine after sync()
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<BundleSums> finish(); ///< the last frame, with the counts; synced. Nothing can be appended afterwards
    [[nodiscard]] qint64 records() const;
    [[nodiscard]] QString path() const;

private:
    VaultWriter();
    struct Private;
    std::unique_ptr<Private> d;
};

/// How far a sealed file could be read.
struct VaultReading {
    QByteArray about;
    qint64 records = 0; ///< of the good beginning
    bool isFinished = false; ///< its last frame came, and the counts are right
    bool endsBetweenFrames
        = false; ///< unfinished, but all that is there is good: as a process leaves it that was killed while it wrote nothing
    std::optional<Error> damage; ///< Integrity: where the good beginning ends, and why. A file that was cut off says so
};

/// Reads a sealed file from its start, as far as it proves. Every record it hands out is authentic and in its place; whatever was cut, changed, moved or added ends the
/// reading there. Bounded: no frame unpacks to more than 320 MB.
/// @param visit return false to stop (then isFinished is false and there is no damage)
/// Errors, where nothing at all can be read: NotFound, Io, Integrity (no such file format, its head cut off), NewerFormat, KeyUnavailable (sealed with another key).
[[nodiscard]] Result<VaultReading> readVault(const QString &path, const VaultKey &key, const std::function<bool(RawRecord &&)> &visit);

/// The key id in a sealed file's head. Errors: as readVault.
[[nodiscard]] Result<QByteArray> vaultKeyIdOf(const QString &path);

} // namespace Orgtrace::Evidence
