#include "capture/capturewords.h"

#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Operations::Workspace;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Capture", text);
}

constexpr qsizetype LongestOutside = 200; // of what came from outside, on one line

QString joined(QStringList names, qsizetype most)
{
    for (QString &name : names) {
        name = visibleText(name, 60);
    }
    if (names.size() > most) {
        const qsizetype more = names.size() - most;
        names.resize(most);
        return tr("%1 and %2 more").arg(names.join(u", "_s), countText(more));
    }
    return names.join(u", "_s);
}

/// Titles of the domains of some rows; the manifest knows names alone.
QStringList domainsOf(const Evidence::Manifest &manifest, const QHash<QString, QString> &titles, const auto &isMeant)
{
    QStringList names;
    for (const Evidence::LedgerRow &row : manifest.ledger) {
        if (row.reason != Capture::NotAskedReason && isMeant(row)) {
            names.append(titles.value(row.domain, row.domain));
        }
    }
    return names;
}

} // namespace

QString failureText(const Error &error, const QStringList &permissionsAny)
{
    switch (error.code) {
    case ErrorCode::Forbidden:
        return permissionsAny.isEmpty() ? tr("The client may not see this. Check its roles.")
                                        : tr("Give the client %1.").arg(joined(permissionsAny, 3).replace(u", "_s, tr(" or ")));
    case ErrorCode::NotOffered: return tr("This organisation does not have it. Nothing to do.");
    case ErrorCode::Throttled: return tr("Too many requests. Leave this client more of the quota, or capture again later.");
    case ErrorCode::ServerFailed: return tr("The platform failed several times. Capture again later.");
    case ErrorCode::TimedOut: return tr("No answer came in time. Capture again later.");
    case ErrorCode::Unreachable: return tr("Not reached. Check the network, then capture again.");
    case ErrorCode::TlsFailed: return tr("No secure connection. Check the clock and any proxy between.");
    case ErrorCode::Unauthorised: return tr("The token was refused. Check that the OAuth client still exists.");
    case ErrorCode::BadResponse:
    case ErrorCode::MalformedJson: return tr("The answer was cut off or malformed. Capture again; report it if it stays.");
    case ErrorCode::StaleCursor:
    case ErrorCode::Incomplete: return tr("It cannot be proven that everything came. Capture again.");
    case ErrorCode::TooLarge: return tr("The answer is larger than Orgtrace reads. Please report this.");
    default: return visibleText(errorText(error), LongestOutside);
    }
}

QString waitText(const Capture::Progress &progress, qint64 msLeft)
{
    using Wait = Capture::Progress::Wait;
    if (progress.wait == Wait::None || msLeft <= 0) {
        return {};
    }
    const qint64 seconds = (msLeft + 999) / 1000;
    if (progress.wait == Wait::Quota) {
        QString text = tr("Waiting %1 s for the quota.").arg(countText(seconds));
        if (progress.quota.allowed) {
            text += u' '
                + tr("%1 of this minute's %2 requests are used; %3 stay with the organisation's other integrations.")
                      .arg(countText(progress.quota.used), countText(*progress.quota.allowed),
                           countText(std::max<qint64>(0, *progress.quota.allowed - progress.quota.budget)));
        }
        return text;
    }
    switch (progress.waitStatus) {
    case 0: return tr("Waiting %1 s: no answer came. Then it is asked again.").arg(countText(seconds));
    case 429: return tr("Waiting %1 s: the platform said “too many requests”. Then it is asked again.").arg(countText(seconds));
    default:
        return tr("Waiting %1 s: the platform answered with error %2. Then it is asked again.")
            .arg(countText(seconds), QString::number(progress.waitStatus));
    }
}

QString byteText(qint64 bytes)
{
    constexpr qint64 kilo = 1000;
    if (bytes < kilo) {
        return tr("%1 B").arg(std::max<qint64>(bytes, 0));
    }
    const auto one = [](double value) { return QString::number(value, 'f', value < 10 ? 1 : 0); };
    if (bytes < kilo * kilo) {
        return tr("%1 kB").arg(one(static_cast<double>(bytes) / kilo));
    }
    if (bytes < kilo * kilo * kilo) {
        return tr("%1 MB").arg(one(static_cast<double>(bytes) / kilo / kilo));
    }
    return tr("%1 GB").arg(one(static_cast<double>(bytes) / kilo / kilo / kilo));
}

QString spentText(qint64 ms)
{
    constexpr qint64 leastTold = 50, exactBelow = 9'950, minute = 60, hour = 3600;
    if (ms < leastTold) {
        return tr("< 0.1 s");
    }
    if (ms < exactBelow) {
        return tr("%1 s").arg(QString::number(static_cast<double>(ms) / 1000, 'f', 1));
    }
    const qint64 seconds = (ms + 500) / 1000;
    if (seconds < minute) {
        return tr("%1 s").arg(seconds);
    }
    return seconds < hour ? tr("%1 min %2 s").arg(seconds / minute).arg(seconds % minute)
                          : tr("%1 h %2 min").arg(seconds / hour).arg(seconds % hour / minute);
}

std::optional<qint64> remainingMs(const RunPace &pace)
{
    constexpr double leastWeighed = 0.03, leastCounted = 0.25;
    constexpr qint64 leastWeighedMs = 3'000, leastCountedMs = 5'000;
    if (pace.part >= 1 || pace.part < (pace.isWeighed ? leastWeighed : leastCounted)
        || pace.elapsedMs < (pace.isWeighed ? leastWeighedMs : leastCountedMs)) {
        return std::nullopt;
    }
    const auto byPace = static_cast<qint64>(static_cast<double>(pace.elapsedMs) * (1 - pace.part) / pace.part);
    qint64 byQuota = 0;
    if (pace.isWeighed && pace.quota.budget > 0) {
        const double beyond = pace.requestsLeft - static_cast<double>(std::max<qint64>(0, pace.quota.budget - pace.quota.used));
        byQuota = beyond <= 0 ? 0 : static_cast<qint64>(beyond * 60'000 / static_cast<double>(pace.quota.budget));
    }
    return std::max(byPace, byQuota);
}

QString verdictText(const Capture::Outcome &outcome)
{
    int asked = 0, whole = 0, notOffered = 0;
    for (const Evidence::LedgerRow &row : outcome.manifest.ledger) {
        if (row.reason == Capture::NotAskedReason) {
            continue;
        }
        ++asked;
        whole += row.state == Evidence::LedgerState::Complete && row.quarantined.isEmpty() && row.failedParents.isEmpty();
        notOffered += row.state == Evidence::LedgerState::NotOffered;
    }
    const auto isUnproven = [](const Evidence::LedgerRow &row) { return row.proof && row.proof->state != Evidence::ProofState::Proven; };
    if (whole + notOffered == asked && std::ranges::any_of(outcome.manifest.ledger, isUnproven)) {
        return tr("Every domain was read to its end, but the second reading that was asked for proves not all of it.");
    }
    if (!outcome.isComplete()) {
        return tr("%1 of %2 domains were read whole. What was not seen is not comparable, and never counts as deleted.")
            .arg(whole)
            .arg(asked);
    }
    return notOffered == 0 ? tr("Everything that was asked for was read to its proven end.")
                           : tr("Everything this organisation has of what was asked for was read to its proven end.");
}

namespace {
/// @param notThrough with the detail as %1
QList<CaptureNote> pushNotes(const QList<Evidence::Push> &pushes, const QString &notThrough)
{
    QList<CaptureNote> notes;
    for (const Evidence::Push &push : pushes) {
        for (const Evidence::PushedBranch &branch : push.branches) {
            if (branch.state == Evidence::PushedBranch::State::Restored) {
                notes.append({Policy::Severity::High,
                              tr("On the remote “%1”, %2: %3. It is whole again.")
                                  .arg(visibleText(push.remote, 80), visibleText(branch.branch, 160), visibleText(branch.why, 300))});
            }
        }
        if (push.error) {
            notes.append({Policy::Severity::Medium, notThrough.arg(visibleText(push.error->detail, 600))});
        }
    }
    return notes;
}
} // namespace

QList<CaptureNote> outcomeNotes(const Capture::Outcome &outcome, const QHash<QString, QString> &titles)
{
    using Policy::Severity;
    using State = Evidence::LedgerState;
    QList<CaptureNote> notes;
    constexpr qsizetype most = 6;
    const auto add = [&](Severity severity, const QStringList &domains, const QString &one, const QString &many) {
        if (!domains.isEmpty()) {
            notes.append({severity, QString(counted(domains.size(), one, many) + u' ' + joined(domains, most) + u'.')});
        }
    };
    const auto inState = [&](State state, std::optional<bool> isKnown = {}) {
        return domainsOf(outcome.manifest, titles, [=](const Evidence::LedgerRow &row) {
            return row.state == state && (!isKnown || row.observedIn.isEmpty() != *isKnown);
        });
    };
    add(Severity::High, inState(State::Forbidden), tr("1 domain is forbidden to this client; give it the permission named below:"),
        tr("%1 domains are forbidden to this client; give it the permissions named below:"));
    add(Severity::High, inState(State::Carried, false), tr("1 domain could not be read, and was never read before:"),
        tr("%1 domains could not be read, and were never read before:"));
    add(Severity::High, inState(State::Carried, true),
        tr("1 domain could not be read; what the last snapshot saw is carried forward. Capture again later:"),
        tr("%1 domains could not be read; what the last snapshot saw is carried forward. Capture again later:"));
    qint64 quarantined = 0, parents = 0;
    for (const Evidence::LedgerRow &row : outcome.manifest.ledger) {
        quarantined += row.reason == Capture::NotAskedReason ? 0 : row.quarantined.size();
        parents += row.reason == Capture::NotAskedReason ? 0 : row.failedParents.size();
    }
    const auto withQuarantine = [](const Evidence::LedgerRow &row) { return !row.quarantined.isEmpty(); };
    if (quarantined > 0) {
        notes.append({Severity::Medium,
                      QString(counted(quarantined, tr("1 entity came unreadable and stands in quarantine, its neighbours are kept:"),
                                      tr("%1 entities came unreadable and stand in quarantine, their neighbours are kept:"))
                              + u' ' + joined(domainsOf(outcome.manifest, titles, withQuarantine), most) + u'.')});
    }
    const auto withParents = [](const Evidence::LedgerRow &row) { return !row.failedParents.isEmpty(); };
    if (parents > 0) {
        notes.append({Severity::Medium,
                      QString(counted(parents, tr("What belongs to 1 entity could not be read:"),
                                      tr("What belongs to %1 entities could not be read:"))
                              + u' ' + joined(domainsOf(outcome.manifest, titles, withParents), most) + u'.')});
    }
    for (const Evidence::LedgerRow &row : outcome.manifest.ledger) {
        if (row.proof && row.proof->state != Evidence::ProofState::Proven) {
            const QString title = titles.value(row.domain, row.domain);
            notes.append({Severity::High,
                          row.proof->state == Evidence::ProofState::Disputed
                              ? tr("%1: two readings disagree: %2.").arg(visibleText(title, 80), visibleText(row.proof->reason, 400))
                              : tr("%1: a second reading could not prove them: %2.")
                                    .arg(visibleText(title, 80), visibleText(row.proof->reason, 400))});
        }
    }
    notes.append(pushNotes(outcome.pushes, tr("The snapshot is kept here, but did not get to a remote; it goes with the next push. %1")));
    add(Severity::Low, inState(State::NotOffered), tr("1 domain does not exist in this organisation:"),
        tr("%1 domains do not exist in this organisation:"));
    return notes;
}

QString pushTroubleText(const QList<Evidence::Push> &pushes)
{
    QStringList texts;
    const QList<CaptureNote> notes
        = pushNotes(pushes, tr("What was read is kept here, but did not get to a remote; it goes with the next push. %1"));
    for (const CaptureNote &note : notes) {
        if (!texts.contains(note.text)) { // a capture and its audit pull fail alike
            texts.append(note.text);
        }
    }
    return texts.join(u' ');
}

QString divisionsText(const QList<Workspace::Division> &divisions, qsizetype most)
{
    QStringList names;
    for (const Workspace::Division &division : divisions) {
        names.append(division.name.isEmpty() ? shortId(division.id) : division.name);
    }
    return joined(names, most);
}

QString partialText(const Workspace::Partial &partial, qsizetype most)
{
    const bool isOnlyNarrowed
        = partial.isConditional && std::ranges::any_of(partial.heldIn, [](const auto &division) { return division.id == u"*"; });
    if (isOnlyNarrowed) {
        return tr("only under a condition of its role");
    }
    QString text = tr("only in %1").arg(divisionsText(partial.heldIn, most));
    if (!partial.missing.isEmpty()) {
        text += u"; "_s + tr("not in %1").arg(divisionsText(partial.missing, most));
    }
    return text;
}

QList<CaptureNote> identityNotes(const Workspace::Check &check)
{
    QList<CaptureNote> notes;
    constexpr qsizetype mostPermissions = 3;
    const auto titlesOf = [&check](QStringList names) {
        for (QString &name : names) {
            const auto row = std::ranges::find(check.domains, name, &Workspace::DomainCheck::domain);
            name = row != check.domains.end() && !row->title.isEmpty() ? row->title : name;
        }
        return names;
    };
    if (check.grantsLeftOut > 0) {
        notes.append({Policy::Severity::Medium,
                      counted(check.grantsLeftOut, tr("1 grant of this identity was not looked at: it may hold more than is said here."),
                              tr("%1 grants of this identity were not looked at: it may hold more than is said here."))});
    }
    for (qsizetype i = 0; i < std::min(check.partial.size(), mostPermissions); ++i) {
        const Workspace::Partial &partial = check.partial.at(i);
        notes.append(
            {Policy::Severity::High,
             tr("Lists may be shorter than the truth, without any error: %1 is held %2 (%3).")
                 .arg(visibleText(partial.permission, 80), partialText(partial), joined(titlesOf(partial.domains), mostPermissions))});
    }
    if (check.partial.size() > mostPermissions) {
        notes.append({Policy::Severity::High,
                      counted(check.partial.size() - mostPermissions, tr("1 more permission is not held in every division."),
                              tr("%1 more permissions are not held in every division."))});
    }
    if (const auto missing = std::ranges::count(check.domains, true, &Workspace::DomainCheck::missesNewDivisions); missing > 0) {
        notes.append({Policy::Severity::Low,
                      counted(missing, tr("1 domain is seen in each division there is, one by one: new divisions will not be seen."),
                              tr("%1 domains are seen in each division there is, one by one: new divisions will not be seen."))});
    }
    if (!check.canWrite.isEmpty()) {
        notes.append({Policy::Severity::Medium,
                      tr("This identity holds permissions to change things, which one that audits should not: %1.")
                          .arg(joined(check.canWrite, mostPermissions))});
    }
    return notes;
}

void sortBySeverity(QList<CaptureNote> &notes)
{
    std::ranges::stable_sort(notes, std::ranges::greater(), &CaptureNote::severity);
}

} // namespace Orgtrace::Ui
