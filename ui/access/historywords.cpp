#include "access/historywords.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Access::HeldInterval;
using Access::PermissionHistory;
using Access::Sighting;

namespace {

constexpr qsizetype MostHistoryRows = 300; // of one kind beneath one row; the rest is counted

QString historyWord(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

/// Two times, to the second where minutes would make them one.
std::pair<QString, QString> edgeTimes(const QDateTime &after, const QDateTime &before)
{
    if (utcText(after) != utcText(before)) {
        return {utcText(after), utcText(before)};
    }
    const auto fine
        = [](const QDateTime &time) -> QString { return QLocale::c().toString(time.toUTC(), u"d MMM yyyy HH:mm:ss"_s) + u" UTC"_s; };
    return {fine(after), fine(before)};
}

qsizetype placeOf(const PermissionHistory &history, const QString &snapshot)
{
    const auto at = std::ranges::find(history.sightings, snapshot, &Sighting::snapshot);
    return at == history.sightings.end() ? -1 : at - history.sightings.begin();
}

bool isWith(const Sighting &seen)
{
    return seen.state == Sighting::State::Held || seen.state == Sighting::State::Conditional;
}

/// Snapshots from one to another that were seen with it.
qsizetype seenWith(const PermissionHistory &history, const QString &first, const QString &last)
{
    const qsizetype from = placeOf(history, first), to = placeOf(history, last);
    return from < 0 || to < from ? 0 : std::count_if(history.sightings.begin() + from, history.sightings.begin() + to + 1, isWith);
}

/// Snapshots behind the last one with it that could not tell, while it is not lost.
qsizetype unseenAtTheEnd(const PermissionHistory &history, const HeldInterval &interval)
{
    const qsizetype last = placeOf(history, interval.last);
    return !interval.ended.isEmpty() || last < 0 ? 0 : history.sightings.size() - 1 - last;
}

QString snapshotCount(qsizetype count)
{
    return counted(count, historyWord("1 snapshot"), historyWord("%1 snapshots"));
}

QString intervalTitle(const HeldInterval &interval)
{
    const QString from = utcText(interval.gainedBeforeUtc);
    if (interval.ended.isEmpty()) {
        return interval.gainedAfterUtc.isValid() ? historyWord("Since %1").arg(from) : historyWord("From before %1 on").arg(from);
    }
    const QString to = utcText(std::max(interval.lostAfterUtc, interval.gainedBeforeUtc));
    return interval.gainedAfterUtc.isValid() ? historyWord("%1 to %2").arg(from, to) : historyWord("From before %1 to %2").arg(from, to);
}

QString intervalNote(const PermissionHistory &history, const HeldInterval &interval)
{
    QStringList words;
    const qint64 ms
        = interval.gainedBeforeUtc.msecsTo(interval.ended.isEmpty() ? interval.stretches.last().lastUtc : interval.lostAfterUtc);
    if (ms > 0) {
        words.append(historyWord("at least %1").arg(durationText(ms)));
    }
    words.append(snapshotCount(seenWith(history, interval.first, interval.last)));
    if (interval.ended.isEmpty()) {
        words.append(unseenAtTheEnd(history, interval) > 0 ? historyWord("not known to be lost") : historyWord("still held"));
    }
    return words.join(u" · "_s);
}

QList<Chip> chipsOf(const QList<Access::AccessPath> &paths, bool isConditional)
{
    ShownPermission shown;
    shown.permission.paths = paths;
    QList<Chip> out = chips(shown);
    out.removeAll(Chip::Conditional);
    if (isConditional) { // by a path's condition, or by a policy that may deny
        out.append(Chip::Conditional);
        std::ranges::sort(out);
    }
    return out;
}

QString policyInWords(const Access::Denial &denial)
{
    return (denial.conditional ? historyWord("may be denied by access policy %1 (%2)") : historyWord("denied by access policy %1 (%2)"))
               .arg(denial.policyName.isEmpty() ? denial.policyId : denial.policyName, denial.target)
        + (denial.why.isEmpty() ? QString() : QString(u": "_s + denial.why.join(u' ')));
}

/// What bears on the whole answer beside the snapshots that could not tell: what was not asked for, and what of single snapshots was not seen.
QStringList doubtsOf(const PermissionHistory &history)
{
    QStringList out = history.notes;
    QHash<QString, qsizetype> counts;
    QStringList caveats;
    for (const Sighting &seen : history.sightings) {
        for (const QString &caveat : seen.caveats) {
            if (++counts[caveat] == 1) {
                caveats.append(caveat);
            }
        }
    }
    for (const QString &caveat : std::as_const(caveats)) {
        out.append(historyWord("In %1: %2").arg(snapshotCount(counts.value(caveat)), caveat));
    }
    return out;
}

OutlineItem moreRow(qsizetype count)
{
    OutlineItem row;
    row.key = u"more"_s;
    row.text = historyWord("and %1 more").arg(countText(count));
    return row;
}

QList<OutlineItem> pathRows(const HistoryPtr &history, const HeldInterval::Stretch &stretch)
{
    QList<OutlineItem> rows;
    for (qsizetype i = 0; i < std::min(MostHistoryRows, stretch.paths.size()); ++i) {
        OutlineItem row;
        row.key = u'p' + QString::number(i);
        row.text = visibleText(pathInWords(history->subject, stretch.paths[i]), 600);
        row.tip = row.text;
        row.snapshotId = stretch.first;
        rows.append(row);
    }
    if (stretch.paths.size() > MostHistoryRows) {
        rows.append(moreRow(stretch.paths.size() - MostHistoryRows));
    }
    for (qsizetype i = 0; i < std::min(MostHistoryRows, stretch.denied.size()); ++i) {
        OutlineItem row;
        row.key = u'd' + QString::number(i);
        row.text = visibleText(policyInWords(stretch.denied[i]), 600);
        row.tip = row.text;
        row.snapshotId = stretch.first;
        rows.append(row);
    }
    return rows;
}

OutlineItem stretchRow(const HistoryPtr &history, const HeldInterval::Stretch &stretch, qsizetype at)
{
    OutlineItem row;
    row.key = u's' + QString::number(at);
    row.text = stretch.first == stretch.last ? historyWord("seen %1").arg(utcText(stretch.firstUtc))
                                             : historyWord("seen %1 to %2").arg(utcText(stretch.firstUtc), utcText(stretch.lastUtc));
    QStringList note{snapshotCount(seenWith(*history, stretch.first, stretch.last)),
                     counted(stretch.paths.size(), historyWord("1 path"), historyWord("%1 paths"))};
    if (stretch.madeUtc.isValid()) {
        note.append(historyWord("grant made %1").arg(utcText(stretch.madeUtc)));
    }
    row.note = note.join(u" · "_s);
    row.chips = chipsOf(stretch.paths, stretch.isConditional);
    row.snapshotId = stretch.first;
    if (stretch.isConditional) {
        row.tip = historyWord("Held only under a condition, which is recorded and not evaluated.");
    }
    row.children = [history, stretch] { return pathRows(history, stretch); };
    return row;
}

QList<OutlineItem> unseenRows(const HistoryPtr &history, const QStringList &snapshots)
{
    QList<OutlineItem> rows;
    const QSet<QString> wanted(snapshots.begin(), snapshots.end());
    for (const Sighting &seen : history->sightings) {
        if (seen.state != Sighting::State::NotSeen || !wanted.contains(seen.snapshot)) {
            continue;
        }
        if (rows.size() == MostHistoryRows) {
            rows.append(moreRow(wanted.size() - MostHistoryRows));
            break;
        }
        OutlineItem row;
        row.key = seen.snapshot;
        row.text = utcText(seen.observedUtc);
        row.note = historyWord("as last seen: %1").arg(sightingInWords(seen.asLastSeen)) + u" · "_s + visibleText(seen.why.join(u' '), 400);
        row.tip = visibleText(seen.why.join(u' '), 2000);
        row.snapshotId = seen.snapshot;
        rows.append(row);
    }
    return rows;
}

QList<OutlineItem> intervalRows(const HistoryPtr &history, const HeldInterval &interval)
{
    QList<OutlineItem> rows;
    OutlineItem gained;
    gained.key = u"gained"_s;
    gained.text = gainedInWords(interval);
    gained.tip
        = gained.text + (interval.before.isEmpty() ? QString() : u'\n' + historyWord("Not held in snapshot %1.").arg(interval.before));
    gained.snapshotId = interval.first;
    rows.append(gained);
    for (qsizetype i = 0; i < std::min(MostHistoryRows, interval.stretches.size()); ++i) {
        rows.append(stretchRow(history, interval.stretches[i], i));
    }
    if (interval.stretches.size() > MostHistoryRows) {
        rows.append(moreRow(interval.stretches.size() - MostHistoryRows));
    }
    OutlineItem lost;
    lost.key = u"lost"_s;
    lost.text = lostInWords(*history, interval);
    lost.tip = lost.text + (interval.ended.isEmpty() ? QString() : u'\n' + historyWord("Not held in snapshot %1.").arg(interval.ended));
    lost.snapshotId = interval.ended.isEmpty() ? interval.last : interval.ended;
    rows.append(lost);
    if (!interval.notSeen.isEmpty()) {
        OutlineItem unseen;
        unseen.key = u"unseen"_s;
        unseen.text = historyWord("not seen in %1").arg(snapshotCount(interval.notSeen.size()));
        unseen.note = historyWord("they neither begin nor end anything");
        unseen.children = [history, which = interval.notSeen] { return unseenRows(history, which); };
        rows.append(unseen);
    }
    return rows;
}

} // namespace

QString sightingInWords(Sighting::State state)
{
    switch (state) {
    case Sighting::State::Held: return historyWord("held");
    case Sighting::State::Conditional: return historyWord("held only under a condition");
    case Sighting::State::NotHeld: return historyWord("not held");
    case Sighting::State::NotSeen: break;
    }
    return historyWord("could not tell");
}

QString historySummary(const PermissionHistory &history)
{
    QStringList words;
    const QString seen = snapshotCount(history.sightings.size());
    if (history.intervals.isEmpty()) {
        words.append(historyWord("Never held in a snapshot that tells, of %1").arg(seen));
    } else {
        words.append(historyWord("Held over %1 in %2")
                         .arg(counted(history.intervals.size(), historyWord("1 interval"), historyWord("%1 intervals")), seen));
        const HeldInterval &last = history.intervals.last();
        words.append(!last.ended.isEmpty()                   ? historyWord("not held any more")
                         : unseenAtTheEnd(history, last) > 0 ? historyWord("held in the last one that tells")
                         : history.sightings.size() == 1     ? historyWord("one snapshot cannot say since when")
                                                             : historyWord("still held in the last one"));
    }
    if (const qsizetype unseen = history.notSeen(); unseen > 0) {
        words.append(historyWord("%1 could not tell").arg(countText(unseen)));
    }
    return words.join(u" · "_s);
}

QString gainedInWords(const HeldInterval &interval)
{
    if (!interval.gainedAfterUtc.isValid()) {
        const QString held = historyWord("held already in the first snapshot that tells, by %1").arg(utcText(interval.gainedBeforeUtc));
        return interval.grantMadeUtc.isValid()
            ? historyWord("%1; its grant was made at %2, and whether another one gave it before is not known")
                  .arg(held, utcText(interval.grantMadeUtc))
            : held;
    }
    const auto [after, before] = edgeTimes(interval.gainedAfterUtc, interval.gainedBeforeUtc);
    if (interval.isGainedOrderUnknown) {
        return historyWord("gained somewhere from %1 to %2: which of the two snapshots came first is not known").arg(after, before);
    }
    return interval.isGainedAfterByGrant ? historyWord("gained by a grant made at %1, seen by %2").arg(after, before)
                                         : historyWord("gained after %1 and before %2").arg(after, before);
}

QString lostInWords(const PermissionHistory &history, const HeldInterval &interval)
{
    if (interval.ended.isEmpty()) {
        const qsizetype unseen = unseenAtTheEnd(history, interval);
        return unseen > 0 ? historyWord("held in the last snapshot that tells; %1 after it could not").arg(snapshotCount(unseen))
                          : historyWord("still held in the last snapshot");
    }
    const auto [after, before] = edgeTimes(interval.lostAfterUtc, interval.lostBeforeUtc);
    if (interval.isLostOrderUnknown) {
        return historyWord("lost somewhere from %1 to %2: which of the two snapshots came first is not known").arg(after, before);
    }
    return historyWord("lost between %1 and %2").arg(after, before);
}

QList<OutlineItem> historyRows(const HistoryPtr &history)
{
    QList<OutlineItem> rows;
    for (qsizetype i = 0; i < history->intervals.size(); ++i) {
        const HeldInterval &interval = history->intervals[i];
        OutlineItem row;
        row.key = u'i' + QString::number(i);
        row.text = intervalTitle(interval);
        row.note = intervalNote(*history, interval);
        row.tip = gainedInWords(interval) + u'\n' + lostInWords(*history, interval);
        row.snapshotId = interval.first;
        QList<Access::AccessPath> paths;
        for (const HeldInterval::Stretch &stretch : interval.stretches) {
            paths += stretch.paths;
        }
        row.chips = chipsOf(paths, std::ranges::any_of(interval.stretches, &HeldInterval::Stretch::isConditional));
        row.children = [history, interval] { return intervalRows(history, interval); };
        rows.append(row);
    }
    QStringList unseen;
    for (const Sighting &seen : history->sightings) {
        if (seen.state == Sighting::State::NotSeen) {
            unseen.append(seen.snapshot);
        }
    }
    if (!unseen.isEmpty()) {
        OutlineItem row;
        row.key = u"unseen"_s;
        row.text = historyWord("Could not tell: %1").arg(snapshotCount(unseen.size()));
        row.note = historyWord("of %1").arg(countText(history->sightings.size()));
        row.children = [history, unseen] { return unseenRows(history, unseen); };
        rows.append(row);
    }
    for (const QStringList doubts = doubtsOf(*history); const QString &doubt : doubts) {
        OutlineItem row;
        row.key = u"doubt"_s + QString::number(rows.size());
        row.text = visibleText(doubt, 600);
        row.tip = row.text;
        rows.append(row);
    }
    return rows;
}

HistoryPlace historyPlace(const QString &stableId)
{
    HistoryPlace place;
    const QStringList keys = stableId.split(u'/');
    const auto number = [&keys](qsizetype at, QChar letter) {
        bool isNumber = false;
        const int value = keys.value(at).startsWith(letter) ? QStringView(keys[at]).mid(1).toInt(&isNumber) : -1;
        return isNumber ? value : -1;
    };
    place.interval = number(0, u'i');
    place.stretch = place.interval < 0 ? -1 : number(1, u's');
    return place;
}

QString historyRowId(HistoryPlace place)
{
    return place.interval < 0 ? QString()
        : place.stretch < 0   ? u"i%1"_s.arg(place.interval)
                              : u"i%1/s%2"_s.arg(place.interval).arg(place.stretch);
}

Span sightingSpan(const Sighting &seen)
{
    const qint64 observed = seen.observedUtc.toMSecsSinceEpoch();
    return {seen.fromUtc.isValid() ? std::min(observed, seen.fromUtc.toMSecsSinceEpoch()) : observed,
            seen.toUtc.isValid() ? std::max(observed, seen.toUtc.toMSecsSinceEpoch()) : observed};
}

QList<HistoryBar> historyBars(const PermissionHistory &history)
{
    QList<HistoryBar> bars;
    if (history.sightings.isEmpty()) {
        return bars;
    }
    const auto ms = [](const QDateTime &time) { return time.toMSecsSinceEpoch(); };
    const qint64 firstMs = sightingSpan(history.sightings.first()).fromMs, lastMs = sightingSpan(history.sightings.last()).toMs;
    using Kind = HistoryBar::Kind;
    for (int i = 0; i < history.intervals.size(); ++i) {
        const HeldInterval &interval = history.intervals[i];
        const bool isOpen = !interval.gainedAfterUtc.isValid();
        qint64 at = ms(interval.gainedBeforeUtc);
        if (const qint64 from = isOpen ? firstMs : ms(interval.gainedAfterUtc); from < at || isOpen) {
            bars.append({Kind::Edge, {i, -1}, std::min(from, at), at, isOpen});
        }
        const qint64 end = interval.ended.isEmpty()
            ? unseenAtTheEnd(history, interval) > 0 ? std::max(at, ms(interval.stretches.last().lastUtc)) : std::max(at, lastMs)
            : std::max(at, ms(interval.lostAfterUtc));
        for (int s = 0; s < interval.stretches.size(); ++s) {
            // Each stretch lasts until the next one was seen: when the paths changed is not known better than that.
            const bool isLast = s + 1 == interval.stretches.size();
            const qint64 to = isLast ? end : std::clamp(ms(interval.stretches[s + 1].firstUtc), at, end);
            bars.append({interval.stretches[s].isConditional ? Kind::Conditional : Kind::Held, {i, s}, at, to});
            at = to;
        }
        if (!interval.ended.isEmpty()) {
            if (const qint64 to = ms(interval.lostBeforeUtc); to > at) {
                bars.append({Kind::Edge, {i, -1}, at, to});
            }
        } else if (at < lastMs) {
            bars.append({Kind::Unknown, {i, -1}, at, lastMs});
        }
    }
    return bars;
}

QString historyAs(AccessChangesFormat format, const PermissionHistory &history, const QString &divisionName)
{
    const bool isMarkdown = format == AccessChangesFormat::Markdown;
    const auto safe = [isMarkdown](const QString &text) { return isMarkdown ? escapedMarkdown(text) : visibleText(text, 2000); };
    const QString who = history.subject.name.isEmpty() ? history.subject.id : history.subject.name;
    QStringList lines;
    lines.append((isMarkdown ? u"## "_s : QString())
                 + safe(historyWord("When %1 (%2, %3) held %4%5")
                            .arg(who, subjectKindText(history.subject.kind), history.subject.id, history.permission,
                                 history.divisionId.isEmpty() ? QString() : u' ' + historyWord("in %1").arg(divisionName))));
    lines.append(QString());
    lines.append(safe(historySummary(history)));
    if (isMarkdown && !history.intervals.isEmpty()) {
        lines.append(QString());
        lines.append(u"| "_s + historyWord("Gained") + u" | "_s + historyWord("Lost") + u" | "_s + historyWord("Seen") + u" | "_s
                     + historyWord("Through") + u" |"_s);
        lines.append(u"|---|---|---|---|"_s);
    }
    for (const HeldInterval &interval : history.intervals) {
        if (!isMarkdown) {
            lines.append(QString());
            lines.append(intervalTitle(interval) + u" ("_s + intervalNote(history, interval) + u')');
            lines.append(u"  "_s + gainedInWords(interval)
                         + (interval.before.isEmpty() ? QString() : u"; "_s + historyWord("not held in snapshot %1").arg(interval.before)));
        }
        for (const HeldInterval::Stretch &stretch : interval.stretches) {
            const QString seen = historyWord("seen %1 to %2").arg(utcText(stretch.firstUtc), utcText(stretch.lastUtc))
                + (stretch.isConditional ? u", "_s + historyWord("only under a condition, which is recorded and not evaluated")
                                         : QString());
            QStringList paths;
            for (const Access::AccessPath &path : stretch.paths) {
                paths.append(safe(pathInWords(history.subject, path)));
            }
            for (const Access::Denial &denial : stretch.denied) {
                paths.append(safe(policyInWords(denial)));
            }
            if (isMarkdown) {
                lines.append(u"| "_s + safe(gainedInWords(interval)) + u" | "_s + safe(lostInWords(history, interval)) + u" | "_s
                             + safe(seen) + u" | "_s + paths.join(u"<br>"_s) + u" |"_s);
                continue;
            }
            lines.append(u"  "_s + seen);
            for (const QString &path : std::as_const(paths)) {
                lines.append(u"    "_s + path);
            }
        }
        if (!isMarkdown) {
            lines.append(u"  "_s + lostInWords(history, interval)
                         + (interval.ended.isEmpty() ? QString() : u"; "_s + historyWord("not held in snapshot %1").arg(interval.ended)));
        }
    }
    for (const Sighting &seen : history.sightings) {
        if (seen.state == Sighting::State::NotSeen) {
            lines.append((isMarkdown ? u"\n> "_s : u"! "_s)
                         + safe(historyWord("not seen in %1 (%2; as last seen: %3): %4")
                                    .arg(seen.snapshot, utcText(seen.observedUtc), sightingInWords(seen.asLastSeen), seen.why.join(u' '))));
        }
    }
    for (const QStringList doubts = doubtsOf(history); const QString &doubt : doubts) {
        lines.append((isMarkdown ? u"\n> "_s : u"! "_s) + safe(doubt));
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace Orgtrace::Ui
