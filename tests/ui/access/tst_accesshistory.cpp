#include "access/findingsexport.h"
#include "access/historypicture.h"
#include "access/historywords.h"

#include <QTest>
#include <QTimeZone>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Access::Sighting;
using Access::SubjectKind;
using State = Access::Sighting::State;

namespace {

QDateTime october(int day, int hour = 6)
{
    return {QDate(2026, 10, day), QTime(hour, 0), QTimeZone::UTC};
}

Access::AccessPath path(const QString &group, bool isConditional = false)
{
    Access::AccessPath path;
    path.via = group.isEmpty() ? SubjectKind::User : SubjectKind::Group;
    path.containerId = path.containerName = group;
    path.roleId = path.roleName = u"Admin"_s;
    path.divisionId = u"*"_s;
    path.policy = u"authorization:grant:add"_s;
    path.conditional = isConditional;
    return path;
}

/// One snapshot a day, read in an hour: + held by a group, d directly, c under a condition, - not held, ? could not tell.
HistoryPtr history(const QString &days, const QDateTime &madeUtc = {})
{
    auto made = std::make_shared<Access::PermissionHistory>();
    made->subject = {u"u1"_s, u"Kim"_s, SubjectKind::User};
    made->permission = u"authorization:grant:add"_s;
    for (int i = 0; i < days.size(); ++i) {
        Sighting seen;
        seen.snapshot = u"s%1"_s.arg(i + 1);
        seen.observedUtc = october(i + 1, 7);
        seen.fromUtc = october(i + 1, 6);
        seen.toUtc = october(i + 1, 7);
        const QChar what = days[i];
        if (what == u'?') {
            seen.state = State::NotSeen;
            seen.why = {u"group_members was not read."_s};
            seen.fromUtc = seen.toUtc = {};
        } else if (what != u'-') {
            seen.state = what == u'c' ? State::Conditional : State::Held;
            seen.paths = {path(what == u'd' ? QString() : u"Crew"_s, what == u'c')};
            seen.madeUtc = madeUtc;
        }
        made->sightings.append(seen);
    }
    made->intervals = Access::heldIntervals(made->sightings);
    return made;
}

QString drawn(const QList<OutlineItem> &rows, int depth = 0)
{
    QString out;
    for (const OutlineItem &row : rows) {
        QStringList words{row.text};
        if (!row.note.isEmpty()) {
            words.append(row.note);
        }
        for (const Chip chip : row.chips) {
            words.append(u'[' + chipText(chip) + u']');
        }
        out += QString(depth * 2, u' ') + words.join(u" | "_s) + u'\n';
        if (row.children) {
            out += drawn(row.children(), depth + 1);
        }
    }
    return out;
}

QString drawnBars(const HistoryPtr &history)
{
    QStringList out;
    for (const QList<HistoryBar> bars = historyBars(*history); const HistoryBar &bar : bars) {
        const QString kind = bar.kind == HistoryBar::Kind::Edge ? bar.isOpenAtStart ? u"open"_s : u"edge"_s
            : bar.kind == HistoryBar::Kind::Held                ? u"held"_s
            : bar.kind == HistoryBar::Kind::Conditional         ? u"conditional"_s
                                                                : u"unknown"_s;
        const auto hours = [](qint64 ms) { return QString::number((ms - october(1, 0).toMSecsSinceEpoch()) / 3'600'000); };
        out.append(u"%1 %2-%3"_s.arg(kind, hours(bar.fromMs), hours(bar.toMs)));
    }
    return out.join(u", "_s);
}

Policy::FindingSubject finds(const QString &name, const QString &permission, const QString &group)
{
    Policy::FindingSubject found;
    found.subject = {u"id-"_s + name, name, SubjectKind::User};
    found.proof = {{permission, {path(group)}, 1, false}};
    found.proofCount = 1;
    return found;
}

ReadingPtr reading()
{
    auto made = std::make_shared<FindingsReading>();
    made->summary.id = u"snapshot-1"_s;
    made->summary.observedUtc = october(1);
    made->check.findings = {
        {u"can-grant-itself"_s,
         u"Can grant itself more rights"_s,
         u"Take it away."_s,
         Policy::Severity::Critical,
         Policy::AccessRule::Kind::Escalation,
         {finds(u"Kim"_s, u"authorization:grant:add"_s, u"Crew"_s), finds(u"=Lee"_s, u"authorization:grant:add"_s, {})},
         2},
        {u"sole-log-viewer"_s, u"Fewer than two"_s, u"Grant it."_s, Policy::Severity::Medium, Policy::AccessRule::Kind::SoleHolder, {}, 0}};
    made->check.findings[0].subjects[0].ways = {{u"g1"_s, u"Crew"_s, {u"oauth:client:add"_s}, 3}};
    made->check.findings[0].subjects[0].wayCount = 1;
    made->check.notes = {u"dormant-admin: of 2 the last sign-in is not known"_s};
    made->check.caveats = {u"grants were not read."_s};
    Policy::AccessRule rule;
    rule.id = u"dormant-admin"_s;
    rule.title = u"Dormant"_s;
    made->rules.insert(rule.id, rule);
    rule.id = u"ghost-account"_s;
    rule.title = u"Ghost"_s;
    made->quiet = {rule};
    rule.id = u"admin-is-auditor"_s;
    rule.title = u"Both"_s;
    made->off = {rule};
    return made;
}

} // namespace

/// When a permission was held, and what the rules found: as rows, bars and files.
class TestAccessHistory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatMayDenyAndWhatWasNotAskedIsSaid()
    {
        auto doubtful = std::make_shared<Access::PermissionHistory>(*history(u"-cc-"_s));
        Access::Denial denial;
        denial.policyId = u"p1"_s;
        denial.policyName = u"No grants"_s;
        denial.target = u"authorization:*:*"_s;
        denial.conditional = true;
        denial.why = {u"Whether policies are enforced is not known."_s};
        for (Sighting &seen : doubtful->sightings) {
            if (seen.state == State::Conditional) {
                seen.denied = {denial};
                seen.caveats = {u"access_policies was not read."_s};
            }
        }
        doubtful->notes = {u"Access policies were not asked for in 1 of 4 snapshots."_s};
        doubtful->intervals = Access::heldIntervals(doubtful->sightings);
        const QString rows = drawn(historyRows(doubtful));
        for (const QString &line :
             {u"may be denied by access policy No grants (authorization:*:*): Whether policies are enforced is not known."_s,
              u"Access policies were not asked for in 1 of 4 snapshots."_s, u"In 2 snapshots: access_policies was not read."_s}) {
            QVERIFY2(rows.contains(line), qPrintable(rows));
            const QString text = historyAs(AccessChangesFormat::Text, *doubtful, {});
            QVERIFY2(text.contains(line), qPrintable(text));
        }
    }

    void anEdgeWhoseOrderIsNotKnownSaysSo()
    {
        auto crossed = std::make_shared<Access::PermissionHistory>(*history(u"-+-"_s));
        for (Sighting &seen : crossed->sightings) { // all at the same time, by different collectors
            seen.chain = seen.snapshot;
            seen.fromUtc = october(1, 6);
            seen.toUtc = october(1, 7);
        }
        crossed->intervals = Access::heldIntervals(crossed->sightings);
        const QString rows = drawn(historyRows(crossed));
        QVERIFY2(rows.contains(u"gained somewhere from 1 Oct 2026 06:00 UTC to 1 Oct 2026 07:00 UTC: which"_s), qPrintable(rows));
        QVERIFY2(rows.contains(u"lost somewhere from 1 Oct 2026 06:00 UTC to 1 Oct 2026 07:00 UTC: which"_s), qPrintable(rows));
    }

    void withoutASnapshotBeforeAGrantsTimeIsNoBound()
    {
        const QString rows = drawn(historyRows(history(u"++"_s, october(1, 2))));
        QVERIFY2(rows.contains(u"held already in the first snapshot that tells"_s)
                     && rows.contains(u"its grant was made at 1 Oct 2026 02:00 UTC, and whether another one gave it before is not known"_s),
                 qPrintable(rows));
    }

    void summary_data()
    {
        QTest::addColumn<QString>("days");
        QTest::addColumn<QString>("expected");
        QTest::newRow("never held") << u"---"_s << u"Never held in a snapshot that tells, of 3 snapshots"_s;
        QTest::newRow("one snapshot says nothing of since when")
            << u"+"_s << u"Held over 1 interval in 1 snapshot · one snapshot cannot say since when"_s;
        QTest::newRow("lost and held again") << u"+-+"_s << u"Held over 2 intervals in 3 snapshots · still held in the last one"_s;
        QTest::newRow("lost") << u"-+-"_s << u"Held over 1 interval in 3 snapshots · not held any more"_s;
        QTest::newRow("the last ones could not tell")
            << u"-+??"_s << u"Held over 1 interval in 4 snapshots · held in the last one that tells · 2 could not tell"_s;
    }
    void summary()
    {
        QFETCH(QString, days);
        QTEST(historySummary(*history(days)), "expected");
    }

    void edgesInWords_data()
    {
        QTest::addColumn<QString>("days");
        QTest::addColumn<QDateTime>("made");
        QTest::addColumn<QString>("gained");
        QTest::addColumn<QString>("lost");
        QTest::newRow("held in the first snapshot that tells")
            << u"?+"_s << QDateTime() << u"held already in the first snapshot that tells, by 2 Oct 2026 07:00 UTC"_s
            << u"still held in the last snapshot"_s;
        QTest::newRow("between two snapshots") << u"-+-"_s << QDateTime()
                                               << u"gained after 1 Oct 2026 06:00 UTC and before 2 Oct 2026 07:00 UTC"_s
                                               << u"lost between 2 Oct 2026 06:00 UTC and 3 Oct 2026 07:00 UTC"_s;
        QTest::newRow("a grant says more") << u"-+?"_s << october(1, 22)
                                           << u"gained by a grant made at 1 Oct 2026 22:00 UTC, seen by 2 Oct 2026 07:00 UTC"_s
                                           << u"held in the last snapshot that tells; 1 snapshot after it could not"_s;
        QTest::newRow("minutes that are the same are told to the second")
            << u"-+"_s << october(2, 7) << u"gained by a grant made at 2 Oct 2026 07:00:00 UTC, seen by 2 Oct 2026 07:00:00 UTC"_s
            << u"still held in the last snapshot"_s;
    }
    void edgesInWords()
    {
        QFETCH(QString, days);
        QFETCH(QDateTime, made);
        const HistoryPtr one = history(days, made);
        QCOMPARE(one->intervals.size(), 1);
        QTEST(gainedInWords(one->intervals.first()), "gained");
        QTEST(lostInWords(*one, one->intervals.first()), "lost");
    }

    void rows()
    {
        QCOMPARE(drawn(historyRows(history(u"-+c?-"_s))),
                 u"2 Oct 2026 07:00 UTC to 3 Oct 2026 06:00 UTC | at least 23 h · 2 snapshots | [group] | [conditional]\n"
                 "  gained after 1 Oct 2026 06:00 UTC and before 2 Oct 2026 07:00 UTC\n"
                 "  seen 2 Oct 2026 07:00 UTC | 1 snapshot · 1 path | [group]\n"
                 "    Kim → group Crew → Admin · all divisions → authorization:grant:add\n"
                 "  seen 3 Oct 2026 07:00 UTC | 1 snapshot · 1 path | [group] | [conditional]\n"
                 "    Kim → group Crew → Admin · all divisions → authorization:grant:add (under a condition)\n"
                 "  lost between 3 Oct 2026 06:00 UTC and 5 Oct 2026 07:00 UTC\n"
                 "  not seen in 1 snapshot | they neither begin nor end anything\n"
                 "    4 Oct 2026 07:00 UTC | as last seen: not held · group_members was not read.\n"
                 "Could not tell: 1 snapshot | of 5\n"
                 "  4 Oct 2026 07:00 UTC | as last seen: not held · group_members was not read.\n"_s);
    }

    void placesAndRowsAreEachOthers()
    {
        for (const HistoryPlace place : {HistoryPlace{0, -1}, HistoryPlace{3, 12}}) {
            QCOMPARE(historyPlace(historyRowId(place)), place);
        }
        QCOMPARE(historyPlace(u"i2/s1/p0"_s), (HistoryPlace{2, 1}));
        QCOMPARE(historyPlace(u"i2/lost"_s), (HistoryPlace{2, -1}));
        QCOMPARE(historyPlace(u"unseen/i1"_s), HistoryPlace());
        QVERIFY(historyRowId({}).isEmpty());
    }

    void bars_data()
    {
        QTest::addColumn<QString>("days");
        QTest::addColumn<QString>("expected"); // hours since 1 Oct
        QTest::newRow("gained and lost, both edges between two snapshots") << u"-+-"_s << u"edge 6-31, held 31-31, edge 31-55"_s;
        QTest::newRow("held from the first on has an open start") << u"++-"_s << u"open 6-7, held 7-30, edge 30-55"_s;
        QTest::newRow("a condition is a piece of its own") << u"-+c+"_s << u"edge 6-31, held 31-55, conditional 55-79, held 79-79"_s;
        QTest::newRow("what could not tell at the end is not known") << u"-++??"_s << u"edge 6-31, held 31-55, unknown 55-103"_s;
        QTest::newRow("what could not tell in between changes nothing") << u"-+?+-"_s << u"edge 6-31, held 31-78, edge 78-103"_s;
        QTest::newRow("never held") << u"-?-"_s << QString();
    }
    void bars()
    {
        QFETCH(QString, days);
        QTEST(drawnBars(history(days)), "expected");
    }

    void aNameIsNoMarkup()
    {
        auto hostile = std::make_shared<Access::PermissionHistory>(*history(u"-+-"_s));
        hostile->subject.name = u"K|im\n<b>"_s;
        const QString text = historyAs(AccessChangesFormat::Markdown, *hostile, {});
        QVERIFY2(text.contains(u"K\\|im"_s) && !text.contains(u"<b>"_s), qPrintable(text));
        const QString plain = historyAs(AccessChangesFormat::Text, *hostile, {});
        QVERIFY(plain.contains(u"  gained after 1 Oct 2026 06:00 UTC and before 2 Oct 2026 07:00 UTC; not held in snapshot s1\n"_s));
        QVERIFY(plain.contains(u"; not held in snapshot s3\n"_s));
        QCOMPARE(plain.count(u"K|im"_s), 2); // the title and the path, one line each
    }

    void findings()
    {
        const ReadingPtr read = reading();
        const auto all = std::make_shared<const Policy::AccessCheck>(chosenFindings(read->check, AccessFilter()));
        QCOMPARE(drawn(findingRows(read, all, {})),
                 u"Critical | 1 rule · 2 subjects\n"
                 "  Can grant itself more rights | 2 subjects\n"
                 "    Kim | user\n"
                 "      by way of Crew | would gain 3 permissions\n"
                 "        oauth:client:add\n"
                 "        and 2 more\n"
                 "      authorization:grant:add | [group]\n"
                 "        Kim → group Crew → Admin · all divisions → authorization:grant:add\n"
                 "    =Lee | user\n"
                 "      authorization:grant:add | [direct]\n"
                 "        =Lee → Admin · all divisions → authorization:grant:add\n"
                 "Medium | 1 rule\n"
                 "  Fewer than two | nobody\n"
                 "    Nobody holds it\n"
                 "What is not known | 2\n"
                 "  Dormant: of 2 the last sign-in is not known | [? unclear]\n"
                 "  grants were not read. | [? unclear]\n"
                 "Applied, and nobody fits | 1 rule\n"
                 "  Ghost | ghost-account\n"
                 "Switched off in this store | 1 shipped rule\n"
                 "  Both | admin-is-auditor\n"_s);
        QCOMPARE(findingsSummary(*all), u"2 findings · 1 critical · 1 medium · 2 subjects"_s);
        QCOMPARE(findingPlace(u"critical/f0/s1/p0/w0"_s), (FindingPlace{0, 1, 0}));
        QCOMPARE(findingPlace(u"quiet/f0"_s), FindingPlace());
    }

    void findingsFilter_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("expected");
        QTest::newRow("a name") << u"kim"_s << u"can-grant-itself 1"_s;
        QTest::newRow("a severity, the rule that nobody fits stays") << u"risk:medium"_s << u"sole-log-viewer 0"_s;
        QTest::newRow("a group") << u"through:crew"_s << u"can-grant-itself 1"_s;
        QTest::newRow("a way of holding") << u"how:direct"_s << u"can-grant-itself 1"_s;
        QTest::newRow("a permission") << u"authorization:grant"_s << u"can-grant-itself 2"_s;
        QTest::newRow("left out") << u"-risk:critical"_s << u"sole-log-viewer 0"_s;
        QTest::newRow("nothing") << u"zebra"_s << QString();
    }
    void findingsFilter()
    {
        QFETCH(QString, filter);
        QStringList kept;
        const Policy::AccessCheck chosen = chosenFindings(reading()->check, AccessFilter(filter));
        for (const Policy::AccessFinding &finding : chosen.findings) {
            kept.append(finding.rule + u' ' + QString::number(finding.subjectCount));
        }
        QTEST(kept.join(u", "_s), "expected");
    }

    void findingsAsFiles()
    {
        const ReadingPtr read = reading();
        const QByteArray csv = findingsAs(FindingsFormat::Csv, read->check, read->summary);
        QVERIFY(csv.startsWith("\xEF\xBB\xBF\"severity\",\"rule\""));
        QVERIFY2(csv.contains("\"'=Lee\""), csv.constData()); // no formula
        for (const QList<QByteArray> lines = csv.trimmed().split('\n'); const QByteArray &line : lines) {
            QCOMPARE(line.count("\",\""), 14);
        }
        QCOMPARE(csv.trimmed().split('\n').size(), 1 + 3 + 1);
        const QByteArray markdown = findingsAs(FindingsFormat::Markdown, read->check, read->summary);
        QVERIFY2(markdown.contains("### Critical: Can grant itself more rights (`can-grant-itself`)"), markdown.constData());
        const QByteArray json = findingsAs(FindingsFormat::Json, read->check, read->summary);
        QVERIFY(json.contains("\"snapshot\": \"snapshot-1\"") && json.contains("\"wayCount\": 1"));
    }

    void theCrossCheckInWords()
    {
        CrossChecked cross;
        cross.summary.observedUtc = october(1);
        cross.check.users = 80;
        cross.check.asked = 3;
        cross.check.agreed = 1;
        cross.check.notAsked = 2;
        cross.check.disagreements.append(
            Operations::CrossCheck::Disagreement{{u"u1"_s, u"Kim"_s, SubjectKind::User}, {u"Ghost (r)"_s}, {}, {}, {u"a:b:c"_s}, {}, {}});
        cross.check.faults.append(
            Operations::CrossCheck::Fault{{u"u2"_s, u"Lee"_s, SubjectKind::User}, {ErrorCode::NotOffered, u"404"_s, {}}});
        QCOMPARE(crossCheckSummary(cross.check, cross.summary),
                 u"3 of 80 users asked about · 1 agree · 1 disagree · 1 could not be compared · 2 not asked. By the snapshot of 1 Oct 2026 "
                 "06:00 UTC: what was changed since disagrees, too."_s);
        const ReadingPtr read = reading();
        const QString rows = drawn(
            findingRows(read, std::make_shared<const Policy::AccessCheck>(read->check), std::make_shared<const CrossChecked>(cross)));
        QVERIFY2(rows.contains(u"The platform and the snapshot disagree | 1 subject\n"
                               "  Kim | user\n"
                               "    only the platform says role: Ghost (r)\n"
                               "    only the snapshot says permission: a:b:c\n"_s),
                 qPrintable(rows));
        QVERIFY2(rows.contains(u"Not compared with the platform | 3\n"
                               "  Lee | the platform knows nobody of this id any more\n"
                               "  2 more were not asked about, for it was no use to go on\n"_s),
                 qPrintable(rows));
        QVERIFY(crossCheckAs(FindingsFormat::Json, cross).contains("\"notAsked\": 2"));
    }
};

QTEST_GUILESS_MAIN(TestAccessHistory)
#include "tst_accesshistory.moc"
