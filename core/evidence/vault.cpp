#include "evidence/vault.h"

#include "base/digest.h"
#include "evidence/filelayer.h"

#include <QFile>
#include <QTimeZone>
#include <QtEndian>

#include <fcntl.h>
#include <sys/file.h>

#include <sodium.h>
#include <zstd.h>

#include <limits>

namespace Orgtrace::Evidence {

namespace {

constexpr std::string_view Magic = "ORGTVLT1";
constexpr qsizetype KeyIdBytes = 8;
constexpr qsizetype StreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr qsizetype HeadBytes = 8 + KeyIdBytes + StreamHeaderBytes;
constexpr qsizetype SealBytes = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr qint64 MostUnpacked = 320LL * 1024 * 1024; // an answer has at most 256 MB
constexpr qint64 MostSealed = MostUnpacked + 16LL * 1024 * 1024; // what cannot be packed grows a little
constexpr qsizetype WantedFrame = 4LL * 1024 * 1024;
constexpr int CompressionLevel = 1; // of groups this small higher ones make nothing smaller, only slower (docs/adr/0005-capture-speed.md)
constexpr qint64 NoTime = std::numeric_limits<qint64>::min();

enum Kind : unsigned char { About = 1, Records = 2, End = 3 };

unsigned char *raw(QByteArray &bytes)
{
    return reinterpret_cast<unsigned char *>(bytes.data());
}
const unsigned char *raw(const QByteArray &bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.constData());
}

template<typename Number> void put(QByteArray &out, Number number)
{
    const Number little = qToLittleEndian(number);
    out.append(reinterpret_cast<const char *>(&little), sizeof little);
}

void putBytes(QByteArray &out, const QByteArray &bytes)
{
    put(out, static_cast<quint32>(bytes.size()));
    out += bytes;
}

void putTime(QByteArray &out, const QDateTime &time)
{
    put(out, time.isValid() ? time.toMSecsSinceEpoch() : NoTime);
}

/// Reads what put() wrote; once something is missing, everything after is missing too.
class Taker
{
public:
    explicit Taker(std::string_view bytes) : m_rest(bytes) { }
    template<typename Number> Number number()
    {
        if (m_rest.size() < sizeof(Number)) {
            m_isGood = false;
            m_rest = {};
            return {};
        }
        const auto out = qFromLittleEndian<Number>(m_rest.data());
        m_rest.remove_prefix(sizeof(Number));
        return out;
    }
    QByteArray byteString()
    {
        const auto size = number<quint32>();
        if (m_rest.size() < size) {
            m_isGood = false;
            m_rest = {};
            return {};
        }
        QByteArray out = bytes(m_rest.substr(0, size));
        m_rest.remove_prefix(size);
        return out;
    }
    QDateTime time()
    {
        const auto ms = number<qint64>();
        return ms == NoTime ? QDateTime() : QDateTime::fromMSecsSinceEpoch(ms, QTimeZone::UTC);
    }
    [[nodiscard]] bool isGood() const { return m_isGood; }
    [[nodiscard]] bool isAtEnd() const { return m_rest.empty(); }

private:
    std::string_view m_rest;
    bool m_isGood = true;
};

void putRecord(QByteArray &out, const RawRecord &record)
{
    putBytes(out, record.method);
    putBytes(out, record.target);
    putBytes(out, record.requestBody);
    put(out, static_cast<quint16>(record.status));
    put(out, static_cast<quint16>(record.attempts));
    putTime(out, record.sentAtUtc);
    putTime(out, record.receivedAtUtc);
    putTime(out, record.serverDateUtc);
    putBytes(out, record.correlationId.toUtf8());
    putBytes(out, record.body);
}

RawRecord takeRecord(Taker &from)
{
    RawRecord record;
    record.method = from.byteString();
    record.target = from.byteString();
    record.requestBody = from.byteString();
    record.status = from.number<quint16>();
    record.attempts = from.number<quint16>();
    record.sentAtUtc = from.time();
    record.receivedAtUtc = from.time();
    record.serverDateUtc = from.time();
    record.correlationId = QString::fromUtf8(from.byteString());
    record.body = from.byteString();
    return record;
}

qsizetype sizeOf(const RawRecord &record)
{
    return record.method.size() + record.target.size() + record.requestBody.size() + record.body.size() + 100;
}

std::unexpected<Error> damaged(const QString &why, const QString &path)
{
    return Error::make(ErrorCode::Integrity, why, path);
}

/// What each frame is bound to besides its place in the stream: this file's head, and its own length.
QByteArray associated(const QByteArray &head, quint32 length)
{
    QByteArray out = head;
    put(out, length);
    return out;
}

Result<QByteArray> unpacked(std::string_view packed)
{
    const auto fail = [](const QString &why) { return Error::make(ErrorCode::Integrity, why); };
    const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
        return fail(QStringLiteral("is not packed as it must be"));
    }
    if (size > static_cast<unsigned long long>(MostUnpacked)) {
        return fail(QStringLiteral("would unpack to %1 bytes, more than any frame may have").arg(size));
    }
    QByteArray out(static_cast<qsizetype>(size), Qt::Uninitialized);
    const size_t got = ZSTD_decompress(out.data(), static_cast<size_t>(out.size()), packed.data(), packed.size());
    if (ZSTD_isError(got) || got != size) {
        return fail(QStringLiteral("cannot be unpacked"));
    }
    return out;
}

} // namespace

// ---- key ------------------------------------------------------------------------------------------------------------

Result<VaultKey> VaultKey::fromBytes(std::string_view bytes)
{
    if (sodium_init() < 0) {
        return Error::make(ErrorCode::Internal, QStringLiteral("libsodium cannot start"));
    }
    if (static_cast<qsizetype>(bytes.size()) != Bytes) {
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the vault key must have %1 bytes").arg(Bytes));
    }
    auto *const memory = static_cast<unsigned char *>(sodium_malloc(static_cast<size_t>(Bytes)));
    if (!memory) {
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("no memory for the vault key"));
    }
    std::ranges::copy(bytes, reinterpret_cast<char *>(memory));
    VaultKey key;
    key.m_bytes = std::shared_ptr<const unsigned char>(memory, [memory](const unsigned char *) { sodium_free(memory); });
    return key;
}

std::string_view VaultKey::view() const
{
    return {reinterpret_cast<const char *>(m_bytes.get()), static_cast<size_t>(Bytes)};
}

QByteArray VaultKey::id() const
{
    return hmacSha256(view(), "orgtrace vault key id").first(KeyIdBytes);
}

// ---- writing --------------------------------------------------------------------------------------------------------

struct VaultWriter::Private {
    QString path;
    File file;
    QByteArray head;
    crypto_secretstream_xchacha20poly1305_state stream{};
    Digest digest{DigestKind::Sha256};
    qint64 at = 0, records = 0, frames = 0;
    bool isFinished = false;
    std::optional<Error> failed;
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> packer{ZSTD_createCCtx(),
                                                               ZSTD_freeCCtx}; ///< one for all frames: its tables are large

    ~Private() { sodium_memzero(&stream, sizeof stream); }

    Result<void> write(const QByteArray &bytes)
    {
        if (auto done = writeAll(file, Orgtrace::view(bytes), at, path); !done) {
            failed = done.error();
            return done;
        }
        digest.add(Orgtrace::view(bytes));
        at += bytes.size();
        return {};
    }

    Result<void> frame(Kind kind, const QByteArray &content)
    {
        if (failed) {
            return std::unexpected(*failed);
        }
        if (isFinished || content.size() > MostUnpacked) {
            return Error::make(ErrorCode::BadInput, QStringLiteral("the file is finished, or the record too large"), path);
        }
        QByteArray plain(1 + static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(content.size()))), Qt::Uninitialized);
        plain[0] = static_cast<char>(kind);
        const size_t packed = ZSTD_compressCCtx(packer.get(), plain.data() + 1, static_cast<size_t>(plain.size() - 1), content.constData(),
                                                static_cast<size_t>(content.size()), CompressionLevel);
        if (ZSTD_isError(packed)) {
            failed = Error{ErrorCode::Internal, QStringLiteral("zstd: %1").arg(QString::fromUtf8(ZSTD_getErrorName(packed))), path};
            return std::unexpected(*failed);
        }
        plain.truncate(1 + static_cast<qsizetype>(packed));
        const auto length = static_cast<quint32>(plain.size() + SealBytes);
        const QByteArray ad = associated(head, length);
        QByteArray out;
        put(out, length);
        out.resize(4 + static_cast<qsizetype>(length));
        const unsigned char tag
            = kind == End ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
        crypto_secretstream_xchacha20poly1305_push(&stream, raw(out) + 4, nullptr, raw(std::as_const(plain)),
                                                   static_cast<unsigned long long>(plain.size()), raw(ad),
                                                   static_cast<unsigned long long>(ad.size()), tag);
        ++frames;
        return write(out);
    }
};

VaultWriter::VaultWriter() : d(std::make_unique<Private>()) { }
VaultWriter::VaultWriter(VaultWriter &&) noexcept = default;
VaultWriter &VaultWriter::operator=(VaultWriter &&) noexcept = default;
VaultWriter::~VaultWriter() = default;

Result<VaultWriter> VaultWriter::create(const QString &path, const VaultKey &key, const QByteArray &about)
{
    VaultWriter writer;
    Private &p = *writer.d;
    p.path = path;
    p.file = File(fileLayer().open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    if (!p.file.isOpen()) {
        return std::unexpected(systemError(QStringLiteral("cannot make the journal"), path));
    }
    (void)::flock(p.file.fd(), LOCK_EX | LOCK_NB); // nobody else has the name yet
    p.head = bytes(Magic) + key.id();
    QByteArray head = p.head;
    head.resize(HeadBytes);
    crypto_secretstream_xchacha20poly1305_init_push(&p.stream, raw(head) + p.head.size(),
                                                    reinterpret_cast<const unsigned char *>(key.view().data()));
    auto done = p.write(head);
    if (done) {
        done = p.frame(About, about);
    }
    if (!done) {
        fileLayer().unlink(QFile::encodeName(path).constData());
        return std::unexpected(done.error());
    }
    return writer;
}

Result<void> VaultWriter::append(std::span<const RawRecord> records)
{
    QByteArray batch;
    qint64 inBatch = 0;
    const auto flush = [&]() -> Result<void> {
        auto done = d->frame(Records, batch);
        if (done) {
            d->records += inBatch;
        }
        batch.clear();
        inBatch = 0;
        return done;
    };
    for (const RawRecord &record : records) {
        if (inBatch > 0 && batch.size() + sizeOf(record) > WantedFrame) {
            if (auto done = flush(); !done) {
                return done;
            }
        }
        putRecord(batch, record);
        ++inBatch;
    }
    return inBatch > 0 ? flush() : Result<void>();
}

Result<void> VaultWriter::sync()
{
    if (d->failed) {
        return std::unexpected(*d->failed);
    }
    if (fileLayer().sync(d->file.fd()) != 0) {
        d->failed = systemError(QStringLiteral("cannot write the journal to disk"), d->path);
        return std::unexpected(*d->failed);
    }
    return {};
}

Result<BundleSums> VaultWriter::finish()
{
    QByteArray counts;
    put(counts, static_cast<quint64>(d->records));
    put(counts, static_cast<quint64>(d->frames));
    if (auto done = d->frame(End, counts); !done) {
        return std::unexpected(done.error());
    }
    if (auto done = sync(); !done) {
        return std::unexpected(done.error());
    }
    d->isFinished = true;
    return BundleSums{QString::fromLatin1(d->digest.result().toHex()), d->at, d->records};
}

qint64 VaultWriter::records() const
{
    return d->records;
}

QString VaultWriter::path() const
{
    return d->path;
}

// ---- reading --------------------------------------------------------------------------------------------------------

namespace {

struct Head {
    QByteArray bound; ///< magic and key id
    QByteArray stream;
};

Result<Head> readHead(QFile &file)
{
    const QString path = file.fileName();
    if (!file.exists()) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("there is no such file"), path);
    }
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        return Error::make(ErrorCode::Io, QStringLiteral("cannot read: %1").arg(file.errorString()), path);
    }
    const QByteArray head = file.read(HeadBytes);
    if (!view(head).starts_with(Magic.substr(0, 7))) {
        return damaged(QStringLiteral("this is no sealed file of Orgtrace, or its beginning is gone"), path);
    }
    if (head.size() >= 8 && !view(head).starts_with(Magic)) {
        return Error::make(ErrorCode::NewerFormat, QStringLiteral("the sealed file was written by another version of Orgtrace"), path);
    }
    if (head.size() < HeadBytes) {
        return damaged(QStringLiteral("the file ends within its head"), path);
    }
    return Head{head.first(8 + KeyIdBytes), head.sliced(8 + KeyIdBytes)};
}

/// The frames of an open file, each proven.
class FrameReader
{
public:
    FrameReader(QFile &file, const Head &head, const VaultKey &key) : m_file(file), m_bound(head.bound)
    {
        m_isGood = crypto_secretstream_xchacha20poly1305_init_pull(&m_stream, raw(head.stream),
                                                                   reinterpret_cast<const unsigned char *>(key.view().data()))
            == 0;
    }
    ~FrameReader() { sodium_memzero(&m_stream, sizeof m_stream); }
    Q_DISABLE_COPY_MOVE(FrameReader)

    struct Frame {
        Kind kind = About;
        QByteArray content;
    };
    /// Errors: Integrity.
    Result<Frame> next()
    {
        const qint64 start = m_file.pos();
        const auto bad = [&](const QString &why) {
            return Error::make(ErrorCode::Integrity, QStringLiteral("frame %1 %2").arg(m_frames).arg(why),
                               QStringLiteral("%1: byte %2").arg(m_file.fileName()).arg(start));
        };
        const QByteArray prefix = m_file.read(4);
        if (prefix.size() < 4) {
            return bad(prefix.isEmpty() ? QStringLiteral("is missing: the file was cut off here") : QStringLiteral("was cut off"));
        }
        const auto length = qFromLittleEndian<quint32>(prefix.constData());
        if (length <= SealBytes || length > MostSealed) {
            return bad(QStringLiteral("has an impossible length"));
        }
        if (length > m_file.size() - m_file.pos()) { // before memory is taken for it
            return bad(QStringLiteral("was cut off, or its length was changed"));
        }
        const QByteArray sealed = m_file.read(length);
        if (sealed.size() != static_cast<qsizetype>(length)) {
            return bad(QStringLiteral("was cut off"));
        }
        QByteArray plain(sealed.size() - SealBytes, Qt::Uninitialized);
        const QByteArray ad = associated(m_bound, length);
        unsigned char tag = 0;
        if (!m_isGood
            || crypto_secretstream_xchacha20poly1305_pull(&m_stream, raw(plain), nullptr, &tag, raw(sealed),
                                                          static_cast<unsigned long long>(sealed.size()), raw(ad),
                                                          static_cast<unsigned long long>(ad.size()))
                != 0) {
            return bad(QStringLiteral("does not prove: it was changed, moved or sealed with another key"));
        }
        const auto kind = static_cast<Kind>(plain.front());
        const bool isFirst = m_frames == 0;
        const bool isFinal = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        if ((kind == About) != isFirst || (kind == End) != isFinal || (kind != About && kind != Records && kind != End)) {
            return bad(QStringLiteral("is not one that may stand here"));
        }
        auto content = unpacked(view(plain).substr(1));
        if (!content) {
            return bad(content.error().detail);
        }
        ++m_frames;
        return Frame{kind, *std::move(content)};
    }
    [[nodiscard]] qint64 frames() const { return m_frames; }

private:
    QFile &m_file;
    const QByteArray m_bound;
    crypto_secretstream_xchacha20poly1305_state m_stream{};
    bool m_isGood = false;
    qint64 m_frames = 0;
};

} // namespace

Result<QByteArray> vaultKeyIdOf(const QString &path)
{
    QFile file(path);
    const auto head = readHead(file);
    if (!head) {
        return std::unexpected(head.error());
    }
    return head->bound.sliced(8);
}

Result<VaultReading> readVault(const QString &path, const VaultKey &key, const std::function<bool(RawRecord &&)> &visit)
{
    QFile file(path);
    const auto head = readHead(file);
    if (!head) {
        return std::unexpected(head.error());
    }
    if (head->bound.sliced(8) != key.id()) {
        return Error::make(ErrorCode::KeyUnavailable,
                           QStringLiteral("the file is sealed with another key (%1, this store's is %2)")
                               .arg(QString::fromLatin1(head->bound.sliced(8).toHex()), QString::fromLatin1(key.id().toHex())),
                           path);
    }
    FrameReader frames(file, *head, key);
    VaultReading out;
    const auto stopAt = [&](const Error &error) {
        out.damage = error;
        return out;
    };
    const auto about = frames.next();
    if (!about) {
        return stopAt(about.error());
    }
    out.about = about->content;
    while (true) {
        const qint64 start = file.pos();
        const auto frame = frames.next();
        if (!frame) {
            out.endsBetweenFrames = start == file.size();
            return stopAt(frame.error());
        }
        Taker taker(view(frame->content));
        if (frame->kind == End) {
            const auto records = taker.number<quint64>();
            const auto count = taker.number<quint64>();
            if (!taker.isGood() || !taker.isAtEnd() || records != static_cast<quint64>(out.records)
                || count != static_cast<quint64>(frames.frames() - 1)) {
                return stopAt({ErrorCode::Integrity, QStringLiteral("the counts at its end are not those of its records"), path});
            }
            if (!file.atEnd()) {
                return stopAt({ErrorCode::Integrity, QStringLiteral("something was added behind its end"), path});
            }
            out.isFinished = true;
            return out;
        }
        while (!taker.isAtEnd()) {
            RawRecord record = takeRecord(taker);
            if (!taker.isGood()) {
                return stopAt({ErrorCode::Integrity, QStringLiteral("a record in frame %1 is cut off").arg(frames.frames() - 1), path});
            }
            ++out.records;
            if (!visit(std::move(record))) {
                return out;
            }
        }
    }
}

} // namespace Orgtrace::Evidence
