#include "access/findingsrows.h"

#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Policy::AccessCheck;
using Policy::AccessFinding;
using Policy::AccessRule;
using Policy::FindingSubject;
using Policy::HeldProof;
using Policy::Severity;

namespace {

constexpr std::array findingSeverities{Severity::Critical, Severity::High, Severity::Medium, Severity::Low};
using CheckPtr = std::shared_ptr<const AccessCheck>;

QString findingWord(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

QString subjectCount(qsizetype count)
{
    return counted(count, findingWord("1 subject"), findingWord("%1 subjects"));
}

OutlineItem plainRow(const QString &key, const QString &text, const QString &note = {})
{
    OutlineItem row;
    row.key = key;
    row.text = text;
    row.note = note;
    return row;
}

bool anyPathOf(const FindingSubject &found, const auto &fits)
{
    return std::ranges::any_of(found.proof, [&](const HeldProof &proof) { return std::ranges::any_of(proof.paths, fits); });
}

/// @param found null: of a rule that nobody fits, such as a sole holder's
bool fitsFilter(const AccessFinding &finding, const FindingSubject *found, const AccessFilter &filter)
{
    return filter.matches([&](AccessFilter::Key key, const QString &word) {
        const auto isIn = [&word](const QString &text) { return text.contains(word, Qt::CaseInsensitive); };
        const auto anyPath = [&](auto fits) { return found && anyPathOf(*found, fits); };
        switch (key) {
        case AccessFilter::Key::Risk:
            return Policy::severityName(finding.severity).startsWith(word, Qt::CaseInsensitive)
                || severityText(finding.severity).startsWith(word, Qt::CaseInsensitive);
        case AccessFilter::Key::Role:
            return anyPath([&](const Access::AccessPath &path) { return isIn(path.roleName) || path.roleId == word; });
        case AccessFilter::Key::Through:
            return anyPath([&](const Access::AccessPath &path) {
                return path.containerId.isEmpty() ? chipText(Chip::Direct).compare(word, Qt::CaseInsensitive) == 0
                                                  : isIn(path.containerName);
            });
        case AccessFilter::Key::Division:
            return anyPath([&](const Access::AccessPath &path) { return isIn(divisionText(path)) || path.divisionId == word; });
        case AccessFilter::Key::How:
            return found
                && (found->isConditional ? chipText(Chip::Conditional).startsWith(word, Qt::CaseInsensitive)
                                         : anyPath([&](const Access::AccessPath &path) {
                                               const Chip chip = path.containerId.isEmpty() ? Chip::Direct
                                                   : path.via == Access::SubjectKind::Team  ? Chip::Team
                                                                                            : Chip::Group;
                                               return chipText(chip).startsWith(word, Qt::CaseInsensitive);
                                           }));
        case AccessFilter::Key::Any: break;
        }
        return isIn(finding.rule) || isIn(finding.title) || isIn(severityText(finding.severity))
            || (found
                && (isIn(found->subject.name) || found->subject.id == word || isIn(subjectKindText(found->subject.kind))
                    || std::ranges::any_of(found->proof, [&](const HeldProof &proof) { return isIn(proof.permission); })
                    || anyPath([&](const Access::AccessPath &path) { return isIn(path.roleName) || isIn(path.containerName); })));
    });
}

QList<Chip> proofChips(const HeldProof &proof)
{
    ShownPermission shown;
    shown.permission.paths = proof.paths;
    QList<Chip> out = chips(shown);
    out.removeAll(Chip::Conditional);
    if (proof.isConditional) {
        out.append(Chip::Conditional);
    }
    return out;
}

QList<OutlineItem> proofRows(const Access::Subject &subject, const HeldProof &proof)
{
    QList<OutlineItem> rows;
    for (qsizetype i = 0; i < proof.paths.size(); ++i) {
        OutlineItem row = plainRow(u'w' + QString::number(i), visibleText(pathInWords(subject, proof.paths[i]), 600));
        row.tip = row.text;
        row.subjectId = subject.id;
        row.permission = proof.permission;
        rows.append(row);
    }
    if (proof.pathCount > proof.paths.size()) {
        rows.append(plainRow(u"more"_s, findingWord("and %1 other paths").arg(countText(proof.pathCount - proof.paths.size()))));
    }
    return rows;
}

/// What proves one subject: what it holds, and by way of whom it would gain what.
QList<OutlineItem> subjectProofRows(const FindingSubject &found)
{
    QList<OutlineItem> rows;
    for (qsizetype i = 0; i < found.ways.size(); ++i) {
        const FindingSubject::Way &way = found.ways[i];
        OutlineItem row = plainRow(
            u'v' + QString::number(i), findingWord("by way of %1").arg(visibleText(way.name.isEmpty() ? shortId(way.id) : way.name, 80)),
            counted(way.gainCount, findingWord("would gain 1 permission"), findingWord("would gain %1 permissions")));
        row.tip = way.id;
        row.subjectId = found.subject.id;
        row.children = [way] {
            QList<OutlineItem> gains;
            for (const QString &gain : way.gains) {
                OutlineItem one = plainRow(gain, visibleText(gain, 160));
                one.isMonospace = true;
                gains.append(one);
            }
            if (way.gainCount > way.gains.size()) {
                gains.append(plainRow(u"more"_s, findingWord("and %1 more").arg(countText(way.gainCount - way.gains.size()))));
            }
            return gains;
        };
        rows.append(row);
    }
    if (found.wayCount > found.ways.size()) {
        rows.append(plainRow(u"moreways"_s, findingWord("and %1 other ways").arg(countText(found.wayCount - found.ways.size()))));
    }
    for (qsizetype i = 0; i < found.proof.size(); ++i) {
        const HeldProof &proof = found.proof[i];
        OutlineItem row = plainRow(u'p' + QString::number(i), visibleText(proof.permission, 160),
                                   proof.pathCount > 1 ? findingWord("%1 paths").arg(countText(proof.pathCount)) : QString());
        row.isMonospace = true;
        row.chips = proofChips(proof);
        row.subjectId = found.subject.id;
        row.permission = proof.permission;
        row.children = [subject = found.subject, proof] { return proofRows(subject, proof); };
        rows.append(row);
    }
    if (found.proofCount > found.proof.size()) {
        rows.append(plainRow(u"more"_s, findingWord("and %1 other permissions").arg(countText(found.proofCount - found.proof.size()))));
    }
    // What is known of the subject, and what was not seen of it.
    for (const QStringList said = found.notes + found.caveats; const QString &line : said) {
        OutlineItem row = plainRow(u'n' + line, visibleText(line, 600));
        row.tip = row.text;
        row.subjectId = found.subject.id;
        rows.append(row);
    }
    return rows;
}

QList<OutlineItem> subjectRows(const CheckPtr &check, qsizetype at)
{
    const AccessFinding &finding = check->findings[at];
    QList<OutlineItem> rows;
    for (qsizetype i = 0; i < finding.subjects.size(); ++i) {
        const FindingSubject &found = finding.subjects[i];
        QStringList note{subjectKindText(found.subject.kind)};
        if (!found.isActive) {
            note.append(findingWord("not active"));
        }
        if (finding.kind == AccessRule::Kind::Dormant) {
            note.append(findingWord("last signed in %1").arg(utcText(found.lastSignInUtc)));
        }
        OutlineItem row = plainRow(u's' + QString::number(i), nameOrId(found.subject), note.join(u" · "_s));
        row.tip = found.subject.id;
        row.subjectId = found.subject.id;
        row.permission = found.proof.isEmpty() ? QString() : found.proof.first().permission;
        if (found.isConditional) {
            row.chips.append(Chip::Conditional);
        }
        if (!found.proof.isEmpty() || !found.ways.isEmpty() || !found.notes.isEmpty() || !found.caveats.isEmpty()) {
            row.children = [check, at, i] { return subjectProofRows(check->findings[at].subjects[i]); };
        }
        rows.append(row);
    }
    if (finding.subjects.isEmpty()) {
        rows.append(plainRow(u"nobody"_s, findingWord("Nobody holds it")));
    } else if (finding.subjectCount > finding.subjects.size()) {
        rows.append(plainRow(u"more"_s, findingWord("and %1 more").arg(countText(finding.subjectCount - finding.subjects.size()))));
    }
    return rows;
}

QList<OutlineItem> ruleRows(const QList<AccessRule> &rules)
{
    QList<OutlineItem> rows;
    for (const AccessRule &rule : rules) {
        OutlineItem row = plainRow(rule.id, visibleText(rule.title, 160), visibleText(rule.id, 80));
        row.severity = rule.severity;
        row.tip = ruleInWords(rule);
        rows.append(row);
    }
    return rows;
}

OutlineItem sentenceRow(const QString &key, const QString &sentence)
{
    OutlineItem row = plainRow(key, visibleText(sentence, 500));
    row.tip = visibleText(sentence, 2000);
    return row;
}

OutlineItem disagreementsRow(const CrossCheckedPtr &cross)
{
    OutlineItem top
        = plainRow(u"platform"_s, findingWord("The platform and the snapshot disagree"), subjectCount(cross->check.disagreements.size()));
    top.severity = Severity::High;
    top.children = [cross] {
        QList<OutlineItem> rows;
        for (qsizetype i = 0; i < cross->check.disagreements.size(); ++i) {
            const auto &one = cross->check.disagreements[i];
            OutlineItem row = plainRow(u'd' + QString::number(i), nameOrId(one.subject), subjectKindText(one.subject.kind));
            row.subjectId = one.subject.id;
            row.tip = one.subject.id;
            row.children = [cross, i] {
                QList<OutlineItem> lines;
                for (const QStringList words = disagreementInWords(cross->check.disagreements[i]); const QString &line : words) {
                    OutlineItem difference = sentenceRow(u'l' + QString::number(lines.size()), line);
                    difference.subjectId = cross->check.disagreements[i].subject.id;
                    lines.append(difference);
                }
                return lines;
            };
            rows.append(row);
        }
        return rows;
    };
    return top;
}

} // namespace

Result<ReadingPtr> readFindings(const QString &storeFolder, const Evidence::SnapshotSummary &snapshot)
{
    const Result<Policy::AccessRules> rules = Operations::storeAccessRules(storeFolder);
    if (!rules) {
        return std::unexpected(rules.error());
    }
    Result<AccessCheck> check = Operations::reviewAccess(storeFolder, snapshot.id);
    if (!check) {
        return std::unexpected(check.error());
    }
    auto reading = std::make_shared<FindingsReading>();
    reading->summary = snapshot;
    reading->check = *std::move(check);
    for (const AccessRule &rule : rules->rules) {
        reading->rules.insert(rule.id, rule);
        const bool isTold = std::ranges::any_of(reading->check.findings, [&](const AccessFinding &one) { return one.rule == rule.id; })
            || std::ranges::any_of(reading->check.notes, [&](const QString &note) { return note.startsWith(rule.id + u": "_s); });
        if (!isTold) {
            reading->quiet.append(rule);
        }
    }
    if (const Result<Policy::AccessRules> shipped = Policy::readAccessRules({Policy::shippedAccessRules()})) {
        for (const AccessRule &rule : shipped->rules) {
            if (!reading->rules.contains(rule.id)) {
                reading->off.append(rule);
            }
        }
    }
    return ReadingPtr(std::move(reading));
}

AccessCheck chosenFindings(const AccessCheck &check, const AccessFilter &filter)
{
    if (filter.isEmpty()) {
        return check;
    }
    AccessCheck out = check;
    out.findings.clear();
    for (const AccessFinding &finding : check.findings) {
        AccessFinding kept = finding;
        if (finding.subjects.isEmpty()) {
            if (fitsFilter(finding, nullptr, filter)) {
                out.findings.append(finding);
            }
            continue;
        }
        kept.subjects.removeIf([&](const FindingSubject &found) { return !fitsFilter(finding, &found, filter); });
        if (!kept.subjects.isEmpty()) {
            if (kept.subjects.size() < finding.subjects.size()) {
                kept.subjectCount = kept.subjects.size();
            }
            out.findings.append(kept);
        }
    }
    return out;
}

QList<OutlineItem> findingRows(const ReadingPtr &reading, const CheckPtr &chosen, const CrossCheckedPtr &cross)
{
    QList<OutlineItem> rows;
    for (const Severity severity : findingSeverities) {
        qsizetype rules = 0;
        QSet<QString> subjects; // the same one may be found by several rules
        bool isWhole = true;
        for (const AccessFinding &finding : chosen->findings) {
            if (finding.severity == severity) {
                ++rules;
                isWhole = isWhole && finding.subjectCount == finding.subjects.size();
                for (const FindingSubject &found : finding.subjects) {
                    subjects.insert(found.subject.id);
                }
            }
        }
        if (rules == 0) {
            continue;
        }
        OutlineItem top
            = plainRow(Policy::severityName(severity), severityText(severity),
                       counted(rules, findingWord("1 rule"), findingWord("%1 rules"))
                           + (subjects.isEmpty() ? QString()
                                  : isWhole      ? QString(u" · "_s + subjectCount(subjects.size()))
                                                 : QString(u" · "_s + findingWord("at least %1").arg(subjectCount(subjects.size())))));
        top.severity = severity;
        top.children = [chosen, severity] {
            QList<OutlineItem> out;
            for (qsizetype i = 0; i < chosen->findings.size(); ++i) {
                const AccessFinding &finding = chosen->findings[i];
                if (finding.severity != severity) {
                    continue;
                }
                OutlineItem row = plainRow(u'f' + QString::number(i), visibleText(finding.title, 160),
                                           finding.subjects.isEmpty() ? findingWord("nobody") : subjectCount(finding.subjectCount));
                row.severity = severity;
                row.tip = finding.rule;
                row.children = [chosen, i] { return subjectRows(chosen, i); };
                out.append(row);
            }
            return out;
        };
        rows.append(top);
    }
    if (cross && !cross->check.disagreements.isEmpty()) {
        rows.append(disagreementsRow(cross));
    }
    QList<OutlineItem> unknown;
    for (const QString &note : reading->check.notes) {
        const QString id = note.section(u": "_s, 0, 0);
        const auto rule = reading->rules.constFind(id);
        OutlineItem row = sentenceRow(u'n' + QString::number(unknown.size()),
                                      rule == reading->rules.cend() ? note : QString(rule->title + u": "_s + note.section(u": "_s, 1)));
        row.chips.append(Chip::Unclear);
        unknown.append(row);
    }
    for (const QString &caveat : reading->check.caveats) {
        OutlineItem row = sentenceRow(u'c' + QString::number(unknown.size()), caveat);
        row.chips.append(Chip::Unclear);
        unknown.append(row);
    }
    if (!unknown.isEmpty()) {
        OutlineItem top = plainRow(u"unknown"_s, findingWord("What is not known"), countText(unknown.size()));
        top.children = [unknown] { return unknown; };
        rows.append(top);
    }
    if (cross && (!cross->check.faults.isEmpty() || cross->check.notAsked > 0)) {
        OutlineItem top = plainRow(u"faults"_s, findingWord("Not compared with the platform"),
                                   countText(cross->check.faults.size() + cross->check.notAsked));
        top.children = [cross] {
            QList<OutlineItem> out;
            for (const Operations::CrossCheck::Fault &fault : cross->check.faults) {
                const bool isGone = fault.error.code == ErrorCode::NotOffered;
                OutlineItem row = plainRow(u'u' + QString::number(out.size()), nameOrId(fault.subject),
                                           isGone ? findingWord("the platform knows nobody of this id any more")
                                                  : visibleText(errorText(fault.error), 400));
                row.subjectId = fault.subject.id;
                row.tip = visibleText(errorText(fault.error), 2000);
                out.append(row);
            }
            if (cross->check.notAsked > 0) {
                out.append(plainRow(
                    u"rest"_s,
                    findingWord("%1 more were not asked about, for it was no use to go on").arg(countText(cross->check.notAsked))));
            }
            return out;
        };
        rows.append(top);
    }
    if (!reading->quiet.isEmpty()) {
        OutlineItem top = plainRow(u"quiet"_s, findingWord("Applied, and nobody fits"),
                                   counted(reading->quiet.size(), findingWord("1 rule"), findingWord("%1 rules")));
        top.children = [reading] { return ruleRows(reading->quiet); };
        rows.append(top);
    }
    if (!reading->off.isEmpty()) {
        OutlineItem top = plainRow(u"off"_s, findingWord("Switched off in this store"),
                                   counted(reading->off.size(), findingWord("1 shipped rule"), findingWord("%1 shipped rules")));
        top.children = [reading] { return ruleRows(reading->off); };
        rows.append(top);
    }
    return rows;
}

FindingPlace findingPlace(const QString &stableId)
{
    FindingPlace place;
    const QStringList keys = stableId.split(u'/');
    const auto number = [&keys](qsizetype at, QChar letter) {
        bool isNumber = false;
        const int value = keys.value(at).startsWith(letter) ? QStringView(keys[at]).mid(1).toInt(&isNumber) : -1;
        return isNumber ? value : -1;
    };
    if (Policy::severityFromName(keys.value(0))) {
        place.finding = number(1, u'f');
        place.subject = place.finding < 0 ? -1 : number(2, u's');
        place.proof = place.subject < 0 ? -1 : number(3, u'p');
    }
    return place;
}

QString findingsSummary(const AccessCheck &check)
{
    QStringList words{counted(check.findings.size(), findingWord("1 finding"), findingWord("%1 findings"))};
    QSet<QString> subjects;
    for (const Severity severity : findingSeverities) {
        const auto count = std::ranges::count(check.findings, severity, &AccessFinding::severity);
        if (count > 0) {
            words.append(countText(count) + u' ' + severityText(severity).toLower());
        }
    }
    qsizetype more = 0;
    for (const AccessFinding &finding : check.findings) {
        for (const FindingSubject &found : finding.subjects) {
            subjects.insert(found.subject.id);
        }
        more += finding.subjectCount - finding.subjects.size();
    }
    if (!subjects.isEmpty()) {
        words.append(more > 0 ? findingWord("at least %1").arg(subjectCount(subjects.size())) : subjectCount(subjects.size()));
    }
    return words.join(u" · "_s);
}

QString ruleInWords(const AccessRule &rule)
{
    using Kind = AccessRule::Kind;
    using Target = AccessRule::Target;
    switch (rule.kind) {
    case Kind::Combination:
        return rule.all.size() > 1
            ? findingWord("Together these rights leave to one hand what should need two: nobody else has to agree, or would notice.")
            : findingWord("These rights are not meant for those whom the rule names.");
    case Kind::SoleHolder: return findingWord("Too few hold it: if they are away, or are the culprits themselves, nobody is left to look.");
    case Kind::Dormant:
        return findingWord("An account that may do much and that nobody uses is what an intruder looks for: nobody would notice.");
    case Kind::Wildcard: return findingWord("A wildcard also gives whatever the vendor adds tomorrow, without anybody's decision.");
    case Kind::Escalation: break;
    }
    switch (rule.target) {
    case Target::Itself: return findingWord("What they hold today is no limit: they can give themselves the rest.");
    case Target::Role: return findingWord("What they hold today is no limit: they can write the rest into a role that they hold.");
    case Target::Group: return findingWord("What they hold today is no limit: they can put themselves into a group that holds more.");
    case Target::Client: break;
    }
    return findingWord("What they hold today is no limit: they can take over a client that holds more, by its secret.");
}

QString crossCheckSummary(const Operations::CrossCheck &check, const Evidence::SnapshotSummary &summary)
{
    QStringList words{findingWord("%1 of %2 users asked about").arg(countText(check.asked), countText(check.users)),
                      findingWord("%1 agree").arg(countText(check.agreed)),
                      findingWord("%1 disagree").arg(countText(check.disagreements.size()))};
    if (!check.faults.isEmpty()) {
        words.append(findingWord("%1 could not be compared").arg(countText(check.faults.size())));
    }
    if (check.notAsked > 0) {
        words.append(findingWord("%1 not asked").arg(countText(check.notAsked)));
    }
    QString text = words.join(u" · "_s) + u". "_s + findingWord("By the snapshot of %1").arg(utcText(summary.observedUtc));
    if (!check.disagreements.isEmpty()) {
        text += findingWord(": what was changed since disagrees, too");
    }
    return text + u'.';
}

QStringList disagreementInWords(const Operations::CrossCheck::Disagreement &one)
{
    QStringList lines;
    const auto say = [&lines](const QString &who, const QStringList &list) {
        for (const QString &item : list) {
            lines.append(who.arg(visibleText(item, 200)));
        }
    };
    say(findingWord("only the platform says role: %1"), one.rolesThere);
    say(findingWord("only the snapshot says role: %1"), one.rolesHere);
    say(findingWord("only the platform says grant: %1"), one.grantsThere);
    say(findingWord("only the snapshot says grant: %1"), one.grantsHere);
    say(findingWord("only the platform says permission: %1"), one.permissionsThere);
    say(findingWord("only the snapshot says permission: %1"), one.permissionsHere);
    return lines;
}

} // namespace Orgtrace::Ui
