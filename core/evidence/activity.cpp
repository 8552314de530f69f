#include "evidence/activity.h"

#include "base/clock.h"
#include "base/digest.h"
#include "evidence/filelayer.h"
#include "json/canonical.h"
#include "json/node.h"

#include <QFile>

#include <fcntl.h>
#include <sys/file.h>

namespace Orgtrace::Evidence {

namespace {

constexpr qsizetype MostLogBytes = 256LL * 1024 * 1024;
constexpr qsizetype LongestReason = 2000;

QString logPath(const QString &storeFolder)
{
    return storeFolder + QStringLiteral("/activity.log");
}

/// What is signed: never mistaken for a commit, which the same key signs.
QByteArray signedText(const QByteArray &entry)
{
    return QByteArray("orgtrace activity\n") + entry;
}

QString hashOf(std::string_view line)
{
    return QString::fromLatin1(sha256(line).toHex());
}

/// Whole lines only: what stands behind the last line's end was never finished, so that it counts for nothing.
Result<QByteArray> wholeLines(const QString &storeFolder)
{
    auto text = readWhole(logPath(storeFolder), MostLogBytes);
    if (!text) {
        return text.error().code == ErrorCode::NotFound ? Result<QByteArray>(QByteArray()) : text;
    }
    text->truncate(text->lastIndexOf('\n') + 1);
    return text;
}

QString headOf(const QByteArray &lines)
{
    if (lines.isEmpty()) {
        return {};
    }
    const qsizetype start = lines.lastIndexOf('\n', -2) + 1;
    return hashOf(view(lines).substr(static_cast<size_t>(start), static_cast<size_t>(lines.size() - 1 - start)));
}

} // namespace

bool ActivityLog::isPruned(const QString &bundleSha256) const
{
    return std::ranges::any_of(
        entries, [&](const Activity &entry) { return entry.action == QLatin1StringView("prune") && entry.subject == bundleSha256; });
}

Result<void> recordActivity(const QString &storeFolder, const Activity &activity, const Signer &signer)
{
    if (activity.reason.trimmed().isEmpty() || activity.reason.size() > LongestReason) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("a reason is needed, of at most %1 characters").arg(LongestReason));
    }
    const QString path = logPath(storeFolder);
    const File file(fileLayer().open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    if (!file.isOpen()) {
        return std::unexpected(systemError(QStringLiteral("cannot open the activity log"), path));
    }
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
        return Error::make(ErrorCode::StoreLocked, QStringLiteral("another process is writing the activity log"), path);
    }
    const auto lines = wholeLines(storeFolder);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    Json::Node entry = Json::Node::object();
    entry["action"] = Json::Node(activity.action);
    entry["at"] = Json::Node(isoUtc(activity.atUtc));
    entry["previous"] = Json::Node(headOf(*lines));
    entry["reason"] = Json::Node(activity.reason);
    entry["subject"] = Json::Node(activity.subject);
    const QByteArray signature = signer.sign(view(signedText(entry.canonicalText())));
    Json::Node line = Json::Node::object();
    line["entry"] = std::move(entry);
    line["signature"] = Json::Node(QString::fromLatin1(signature));
    const QByteArray text = line.compactText() + '\n';
    if (fileLayer().truncate(file.fd(), lines->size()) != 0) {
        return std::unexpected(systemError(QStringLiteral("cannot write the activity log"), path));
    }
    if (auto done = writeAll(file, view(text), lines->size(), path); !done) {
        return done;
    }
    if (fileLayer().sync(file.fd()) != 0) {
        return std::unexpected(systemError(QStringLiteral("cannot write the activity log to disk"), path));
    }
    return syncFolder(storeFolder);
}

Result<ActivityLog> activityLog(const QString &storeFolder)
{
    const auto lines = wholeLines(storeFolder);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    const QByteArray signers = readWhole(storeFolder + QStringLiteral("/allowed_signers")).value_or(QByteArray());
    ActivityLog log;
    QString previous;
    std::string_view rest = view(*lines);
    for (int number = 1; !rest.empty(); ++number) {
        const size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        const auto problem = [&](const QString &what) {
            if (log.problems.size() < 1000) {
                log.problems += QStringLiteral("activity.log, line %1: %2").arg(number).arg(what);
            }
        };
        const QString hash = hashOf(line);
        const auto document = Json::parse(line);
        if (!document) {
            problem(QStringLiteral("is not JSON"));
        } else {
            const Json::Value entry = document->root()["entry"];
            Activity activity{parseIsoUtc(entry["at"].toQString()), entry["action"].toQString(), entry["subject"].toQString(),
                              entry["reason"].toQString()};
            const auto signer = verifySignature(view(signedText(Json::canonicalText(entry))),
                                                document->root()["signature"].toQString().toLatin1(), signers, activity.atUtc);
            if (!signer) {
                problem(signer.error().detail);
            } else {
                log.entries += activity;
            }
            if (entry["previous"].toQString() != previous) {
                problem(QStringLiteral("does not follow the line before it: a line was changed, moved or taken out"));
            }
        }
        log.hashes.insert(hash);
        previous = hash;
    }
    return log;
}

QString activityHead(const QString &storeFolder)
{
    const auto lines = wholeLines(storeFolder);
    return lines ? headOf(*lines) : QString();
}

} // namespace Orgtrace::Evidence
