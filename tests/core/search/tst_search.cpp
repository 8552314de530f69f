#include "base/clock.h"
#include "manysnapshots.h"
#include "search/archive.h"
#include "search/auditsearch.h"
#include "json/text.h"

#include <QRandomGenerator>

using namespace Orgtrace;
using namespace Orgtrace::Search;
using namespace Qt::StringLiterals;
using Evidence::LedgerState;

namespace {

Pattern pattern(const QString &text)
{
    return ManySnapshots::must(Pattern::parse(text));
}

QByteArray role(const char *name, const char *permission)
{
    return QByteArray("{\"id\":\"r1\",\"name\":\"") + name + "\",\"permissions\":[\"" + permission + "\"]}";
}

/// "roles/r1 /name "name": "Agent" 0-2 ended 3", one a stay.
QStringList described(const ManySnapshots &store, const Answer &answer)
{
    const auto place = [&](const Moment &moment) {
        int at = 0;
        while (!moment.snapshot.isEmpty() && store.id(at) != moment.snapshot)
            ++at;
        return moment.snapshot.isEmpty() ? u"-"_s : QString::number(at);
    };
    QStringList lines;
    for (const Hit &hit : answer.hits) {
        QString line = hit.domain + u'/' + hit.entity + u' ' + hit.pointer + u' ' + hit.line;
        for (const Stay &stay : hit.stays)
            line += u" ["_s + place(stay.before) + u' ' + place(stay.first) + u' ' + place(stay.last) + u' ' + place(stay.ended) + u']';
        lines.append(line);
    }
    return lines;
}

} // namespace

class TestSearch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatIsTyped_data();
    void whatIsTyped();
    void whenAValueExisted();
    void inOneSnapshot();
    void aDomainThatWasNotReadSaysNothing();
    void aNewSnapshotIsSeen();
    void hostileText();
    void aValueThatMovesAlongItsListIsNotGone();
    void theLimitNeverCutsAStay();
    void longLinesAreToldApart();
    void whatCouldNotBeReadSaysNothing();
    void aSnapshotInTheMiddleChangesEverything();
    void carriedOnByAnotherWriter();
    void otherRulesAreNotARemoval();
    void otherRulesCountWhereAnEntityIsReadAgain();
    void aDomainNobodyKnows();
    void ranking();
    void againstANaiveSearch();
    void auditEvents();
};

void TestSearch::whatIsTyped_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("text"); // empty: refused
    QTest::addColumn<QStringList>("domains");
    QTest::newRow("a word") << u"Agent"_s << u"Agent"_s << QStringList();
    QTest::newRow("words are one text") << u" Master  Admin "_s << u"Master  Admin"_s << QStringList();
    QTest::newRow("a domain") << u"domain:roles Agent"_s << u"Agent"_s << QStringList{u"roles"_s};
    QTest::newRow("two domains, behind") << u"Agent Domain:roles,users"_s << u"Agent"_s << QStringList{u"roles"_s, u"users"_s};
    QTest::newRow("in quotes, nothing is a key") << u"\"domain:roles\""_s << u"domain:roles"_s << QStringList();
    QTest::newRow("a pattern is text") << u"a.*(b"_s << u"a.*(b"_s << QStringList();
    QTest::newRow("nothing") << u"  "_s << QString() << QStringList();
    QTest::newRow("a domain alone") << u"domain:roles"_s << QString() << QStringList();
    QTest::newRow("half a character") << QString(QChar(0xD800)) << QString() << QStringList();
    QTest::newRow("too much") << QString(501, u'a') << QString() << QStringList();
}

void TestSearch::whatIsTyped()
{
    QFETCH(QString, typed);
    QFETCH(QString, text);
    QFETCH(QStringList, domains);
    const Result<Pattern> parsed = Pattern::parse(typed);
    QCOMPARE(parsed.has_value(), !text.isEmpty());
    if (parsed) {
        QCOMPARE(parsed->text(), text);
        QCOMPARE(parsed->domains(), domains);
    }
}

void TestSearch::whenAValueExisted()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "a:b:view")}}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "a:b:edit")}}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Master", "a:b:edit")}}}}});
    store.capture({{u"roles"_s, {{}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "a:b:view")}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    const auto found = [&](const QString &text) { return described(store, ManySnapshots::must(archive.find({pattern(text), {}}))); };
    QCOMPARE(found(u"agent"_s), QStringList{u"roles/r1 /name \"name\": \"Agent\" [- 0 1 2] [3 4 4 -]"_s});
    QCOMPARE(found(u"A:B:EDIT"_s), QStringList{u"roles/r1 /permissions/0 \"a:b:edit\" [0 1 2 3]"_s});
    QCOMPARE(found(u"master"_s), QStringList{u"roles/r1 /name \"name\": \"Master\" [1 2 2 3]"_s});
    QCOMPARE(found(u"nobody"_s), QStringList());
    QCOMPARE(found(u"domain:users agent"_s), QStringList());
}

void TestSearch::inOneSnapshot()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "a:b:view")}}}}});
    store.capture(
        {{u"roles"_s, {{{u"r1"_s, role("Master", "a:b:view")}}}}, {u"queues"_s, {{{u"q1"_s, R"({"id":"q1","name":"Agents"})"}}}}});
    store.capture({{u"roles"_s, {{}, LedgerState::Carried}}});
    Archive archive(store.folder(), u"org-1"_s);
    const auto found = [&](const QString &text, int at) {
        const Answer answer = ManySnapshots::must(archive.find({pattern(text), store.id(at)}));
        QStringList lines;
        for (const Hit &hit : answer.hits)
            lines.append(hit.domain + u'/' + hit.entity);
        return lines;
    };
    QCOMPARE(found(u"agent"_s, 0), QStringList{u"roles/r1"_s});
    QCOMPARE(found(u"agent"_s, 1), QStringList{u"queues/q1"_s});
    QCOMPARE(found(u"master"_s, 2), QStringList{u"roles/r1"_s}); // carried on: it is what is known
    QCOMPARE(found(u"agent"_s, 2), QStringList{u"queues/q1"_s}); // not asked for, and so carried on, too
    const auto missing = archive.find({pattern(u"x"_s), QString(40, u'0')});
    QVERIFY(!missing);
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
}

void TestSearch::aDomainThatWasNotReadSaysNothing()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}}}}});
    store.capture({{u"roles"_s, {{}, LedgerState::Forbidden}}, {u"queues"_s, {{}}}});
    store.capture({{u"queues"_s, {{}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Other", "x")}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(u"agent"_s), {}}))),
             QStringList{u"roles/r1 /name \"name\": \"Agent\" [- 0 3 4]"_s});
}

void TestSearch::aNewSnapshotIsSeen()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"agent"_s), {}})).hits.size(), 1);
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "y")}, {u"r2"_s, R"({"id":"r2","name":"agent two"})"}}}}});
    const Answer answer = ManySnapshots::must(archive.find({pattern(u"agent"_s), {}}));
    QCOMPARE(described(store, answer),
             (QStringList{u"roles/r1 /name \"name\": \"Agent\" [- 0 1 -]"_s, u"roles/r2 /name \"name\": \"agent two\" [0 1 1 -]"_s}));
    QCOMPARE(answer.snapshots, 2);
}

void TestSearch::hostileText()
{
    ManySnapshots store;
    const QByteArray longLine
        = QByteArray("{\"id\":\"r1\",\"name\":\"") + QByteArray(400'000, 'x') + "NEEDLE" + QByteArray(400'000, 'y') + "\"}";
    store.capture({{u"roles"_s,
                    {{{u"r1"_s, longLine},
                      {u"r2"_s, R"({"id":"r2","name":"say \"hi\" \\ back","v":"Ünicode İ 😀"})"},
                      {u"needle-id"_s, R"({"id":"other","name":""})"}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    const Answer answer = ManySnapshots::must(archive.find({pattern(u"needle"_s), {}}));
    QCOMPARE(answer.hits.size(), 2);
    for (const Hit &hit : answer.hits) {
        QVERIFY(hit.line.size() <= Hit::LongestLine + 1);
        QCOMPARE(hit.line.mid(hit.markStart, hit.markLength).toLower(), u"needle"_s);
    }
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"say \"HI\" \\ b"_s), {}})).hits.size(), 1);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"üNICODE"_s), {}})).hits.size(), 1);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"😀"_s), {}})).hits.size(), 1);
    CancellationSource cancel;
    cancel.cancel();
    const auto cancelled = archive.find({pattern(u"needle"_s), {}}, cancel.token());
    QVERIFY(cancelled || cancelled.error().code == ErrorCode::Cancelled);
}

void TestSearch::aValueThatMovesAlongItsListIsNotGone()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, R"({"id":"r1","permissions":["b:c:d"]})"}}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, R"({"id":"r1","permissions":["a:a:a","b:c:d"]})"}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(u"b:c:d"_s), {}}))),
             QStringList{u"roles/r1 /permissions/1 \"b:c:d\" [- 0 1 -]"_s});
}

void TestSearch::theLimitNeverCutsAStay()
{
    ManySnapshots store;
    for (int i = 0; i < 40; ++i)
        store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", QByteArray("p:q:" + QByteArray::number(i)).constData())}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    const Answer answer = ManySnapshots::must(archive.find({pattern(u"agen"_s), {}, 20}));
    QCOMPARE(described(store, answer), QStringList{u"roles/r1 /name \"name\": \"Agent\" [- 0 39 -]"_s});
    QVERIFY(!answer.isCut);
    QCOMPARE(answer.found, 40);
}

void TestSearch::longLinesAreToldApart()
{
    const QByteArray head = QByteArray("{\"id\":\"r1\",\"name\":\"needle") + QByteArray(500, 'x');
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, head + "A\"}"}}}}});
    store.capture({{u"roles"_s, {{{u"r1"_s, head + "B\"}"}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"needle"_s), {}})).hits.size(), 2);
}

void TestSearch::whatCouldNotBeReadSaysNothing()
{
    ManySnapshots store;
    const QByteArray u1 = R"({"id":"u1","name":"Kim"})";
    const QByteArray u3 = R"({"id":"u3","name":"Lee"})";
    store.capture({{u"users"_s, {{{u"u1"_s, u1}}}}});
    ManySnapshots::Domain partly{{}};
    partly.quarantined = {u"u1"_s, u"u3"_s};
    store.capture({{u"users"_s, partly}});
    store.capture({{u"users"_s, {{{u"u1"_s, u1}, {u"u3"_s, u3}}}}});
    store.capture({{u"users"_s, {{{u"u3"_s, u3}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(u"kim"_s), {}}))),
             QStringList{u"users/u1 /name \"name\": \"Kim\" [- 0 2 3]"_s});
    // It may have been there already when it could not be read: it came after the snapshot before that one.
    QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(u"lee"_s), {}}))),
             QStringList{u"users/u3 /name \"name\": \"Lee\" [0 2 3 -]"_s});
}

void TestSearch::aSnapshotInTheMiddleChangesEverything()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}, {u"r2"_s, R"({"id":"r2","name":"Innocent"})"}}}}});
    store.captureAt(4,
                    {{u"roles"_s, {{{u"r1"_s, role("Agent", "may delete everything")}, {u"r2"_s, R"({"id":"r2","name":"Innocent"})"}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"innocent"_s), {}})).hits.size(), 1);
    store.captureAt(2, {{u"roles"_s, {{{u"r0"_s, R"({"id":"r0","name":"New"})"}, {u"r1"_s, role("Agent", "y")}}}}});
    Archive fresh(store.folder(), u"org-1"_s);
    for (const QString &text : {u"innocent"_s, u"everything"_s, u"agent"_s, u"new"_s})
        QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(text), {}}))),
                 described(store, ManySnapshots::must(fresh.find({pattern(text), {}}))));
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"everything"_s), {}})).hits.constFirst().entity, u"r1"_s);
}

void TestSearch::carriedOnByAnotherWriter()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}}}}, {u"queues"_s, {{}}}}); // ours
    store.captureAt(1, {{u"roles"_s, {{{u"r1"_s, role("Master", "x")}}}}}, u"other"_s); // somebody else's
    store.captureAt(2, {{u"queues"_s, {{}}}}); // ours: roles are carried on as we saw them
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"agent"_s), store.id(2)})).hits.size(), 1);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"master"_s), store.id(2)})).hits.size(), 0);
    QCOMPARE(described(store, ManySnapshots::must(archive.find({pattern(u"master"_s), {}}))),
             QStringList{u"roles/r1 /name \"name\": \"Master\" [0 1 1 -]"_s});
}

void TestSearch::otherRulesAreNotARemoval()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, R"({"description":"pay","id":"r1"})"}}}}});
    ManySnapshots::Domain after{{{u"r1"_s, R"({"id":"r1","note":"new"})"}}};
    after.rules = QByteArray(64, 'a');
    store.capture({{u"roles"_s, after}});
    Archive archive(store.folder(), u"org-1"_s);
    const Stay pay = ManySnapshots::must(archive.find({pattern(u"pay"_s), {}})).hits.constFirst().stays.constFirst();
    QVERIFY(pay.endedByRules && !pay.beganByRules && !pay.ended.snapshot.isEmpty());
    const Stay note = ManySnapshots::must(archive.find({pattern(u"new"_s), {}})).hits.constFirst().stays.constFirst();
    QVERIFY(note.beganByRules && !note.endedByRules);
}

void TestSearch::otherRulesCountWhereAnEntityIsReadAgain()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, R"({"description":"pay","id":"r1"})"}, {u"r2"_s, R"({"id":"r2","note":"old"})"}}}}});
    ManySnapshots::Domain unread{{{u"r2"_s, R"({"id":"r2","note":"old"})"}}}, after = unread;
    unread.rules = after.rules = QByteArray(64, 'a');
    unread.quarantined = {u"r1"_s};
    store.capture({{u"roles"_s, unread}}); // the rules changed where r1 could not be read
    after.entities[u"r1"_s] = R"({"id":"r1","note":"new"})";
    after.entities[u"r2"_s] = R"({"id":"r2","note":"later"})";
    store.capture({{u"roles"_s, after}});
    Archive archive(store.folder(), u"org-1"_s);
    const auto stay
        = [&](const QString &text) { return ManySnapshots::must(archive.find({pattern(text), {}})).hits.constFirst().stays.constFirst(); };
    QVERIFY(stay(u"pay"_s).endedByRules);
    QVERIFY(stay(u"new"_s).beganByRules);
    QVERIFY(!stay(u"old"_s).endedByRules); // read under the new rules before it changed
    QVERIFY(!stay(u"later"_s).beganByRules);
}

void TestSearch::aDomainNobodyKnows()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r1"_s, role("Agent", "x")}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"agent domain:rolez"_s), {}})).unknownDomains, QStringList{u"rolez"_s});
    QCOMPARE(ManySnapshots::must(archive.find({pattern(u"agent domain:Roles"_s), {}})).unknownDomains, QStringList());
    QCOMPARE(ManySnapshots::must(archive.find({ManySnapshots::must(Pattern::parse(u"\"agent\""_s, {u"roles"_s})), {}})).hits.size(), 1);
}

void TestSearch::ranking()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{{u"r9"_s, R"({"id":"r9","name":"Admin"})"}}}}});
    store.capture({{u"roles"_s,
                    {{{u"r1"_s, R"({"description":"for the Admin","id":"r1","name":"B"})"},
                      {u"r2"_s, R"({"id":"r2","name":"Master Admin"})"},
                      {u"r3"_s, R"({"id":"r3","name":"Admin"})"}}}}});
    Archive archive(store.folder(), u"org-1"_s);
    QStringList order;
    for (const Hit &hit : ManySnapshots::must(archive.find({pattern(u"admin"_s), {}})).hits)
        order.append(hit.entity);
    QCOMPARE(order, (QStringList{u"r3"_s, u"r9"_s, u"r2"_s, u"r1"_s})); // whole values, there before gone; names; the rest
    // However much one domain has, another's is not lost, and what is left out is said.
    ManySnapshots::Contents many;
    for (int i = 0; i < 900; ++i)
        many[u"queues"_s].entities[u"q%1"_s.arg(i)]
            = "{\"id\":\"q" + QByteArray::number(i) + "\",\"name\":\"xx admin of " + QByteArray::number(i) + "\"}";
    many[u"roles"_s].entities[u"r1"_s] = R"({"id":"r1","name":"the admins"})";
    ManySnapshots crowded;
    crowded.capture(many);
    Archive crowd(crowded.folder(), u"org-1"_s);
    const Answer answer = ManySnapshots::must(crowd.find({pattern(u"admin"_s), {}, 100}));
    QVERIFY(answer.isCut);
    QCOMPARE(answer.found, 901);
    QCOMPARE(answer.counts.value(u"queues"_s), 900);
    QVERIFY(answer.hits.size() <= 100);
    QVERIFY(std::ranges::any_of(answer.hits, [](const Hit &hit) { return hit.domain == u"roles"_s; }));
}

/// Every line of every snapshot, one by one.
void TestSearch::againstANaiveSearch()
{
    QRandomGenerator random(20261121);
    const QStringList words{u"alpha"_s, u"Beta"_s, u"gamma delta"_s, u"é"_s};
    for (int round = 0; round < 40; ++round) {
        ManySnapshots store;
        const int count = 1 + static_cast<int>(random.bounded(6));
        ManySnapshots::Contents contents{{u"roles"_s, {}}, {u"queues"_s, {}}};
        for (int at = 0; at < count; ++at) {
            for (auto &[name, domain] : contents) {
                domain.state = at > 0 && random.bounded(4) == 0 ? LedgerState::Carried : LedgerState::Complete;
                if (domain.state != LedgerState::Complete)
                    continue;
                for (int i = 0; i < 4; ++i) {
                    const QString id = u"e%1"_s.arg(i);
                    if (random.bounded(3) == 0)
                        domain.entities.erase(id);
                    else if (random.bounded(2) == 0)
                        domain.entities[id] = "{\"id\":\"" + id.toUtf8() + "\",\"name\":\""
                            + words.at(static_cast<int>(random.bounded(4))).toUtf8() + "\",\"tags\":[\""
                            + words.at(static_cast<int>(random.bounded(4))).toUtf8() + "\"]}";
                }
            }
            store.capture(contents);
        }
        Archive archive(store.folder(), u"org-1"_s);
        const auto opened = ManySnapshots::must(Evidence::Store::open(store.folder()));
        for (const QString &word : words) {
            QSet<QString> all;
            for (int at = 0; at < count; ++at) {
                QSet<QString> naive;
                const auto snapshot = ManySnapshots::must(opened.snapshot(store.id(at)));
                for (const auto &[name, domain] : contents) {
                    ManySnapshots::must(snapshot.forEachEntity(name, [&](const QString &id, std::string_view text) {
                        for (const QString &line : QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).split(u'\n')) {
                            if (line.contains(word, Qt::CaseInsensitive))
                                naive.insert(name + u'/' + id + u' ' + line.trimmed().remove(u','));
                        }
                        return true;
                    }));
                }
                QSet<QString> ours;
                for (const Hit &hit : ManySnapshots::must(archive.find({pattern(word), store.id(at)})).hits)
                    ours.insert(hit.domain + u'/' + hit.entity + u' ' + QString(hit.line).remove(u','));
                QCOMPARE(ours, naive);
                all += naive;
            }
            QSet<QString> ours;
            for (const Hit &hit : ManySnapshots::must(archive.find({pattern(word), {}})).hits) {
                ours.insert(hit.domain + u'/' + hit.entity + u' ' + QString(hit.line).remove(u','));
                for (const Stay &stay : hit.stays) {
                    QVERIFY(stay.first.utc <= stay.last.utc);
                    QVERIFY(stay.ended.snapshot.isEmpty() || stay.last.utc < stay.ended.utc);
                    QVERIFY(stay.before.snapshot.isEmpty() || stay.before.utc < stay.first.utc);
                }
            }
            QCOMPARE(ours, all);
        }
    }
}

void TestSearch::auditEvents()
{
    ManySnapshots store;
    store.capture({{u"roles"_s, {{}}}});
    auto opened = ManySnapshots::must(Evidence::Store::open(store.folder()));
    const auto none = findEvents(store.folder(), u"org-1"_s, pattern(u"kim"_s), 10);
    QVERIFY(none);
    QVERIFY(!none->fromUtc.isValid()); // nothing was ever asked: not the same as nothing happened
    QList<Evidence::AuditLine> lines;
    for (int i = 0; i < 60; ++i) {
        const QDateTime when = ManySnapshots::start().addDays(i);
        lines.append(
            {when, u"e%1"_s.arg(i),
             QByteArray(
                 "{\"action\":\"Update\",\"entity\":{\"id\":\"q1\",\"name\":\"say \\\"hi\\\"\"},\"entityType\":\"Queue\",\"eventDate\":\""
                 + isoUtc(when).toLatin1() + "\",\"id\":\"e" + QByteArray::number(i) + "\",\"serviceName\":\"" + (i % 2 ? "Kim" : "Lee")
                 + "\"}")});
    }
    Evidence::AuditWindow window{
        ManySnapshots::start(), ManySnapshots::start().addDays(60), {}, {}, 60, ManySnapshots::start().addDays(61), u"t"_s, u"complete"_s};
    QCOMPARE(
        ManySnapshots::must(opened.appendAudit(u"org-1"_s, lines, {window}, ManySnapshots::start().addDays(61), ManySnapshots::signer())),
        60);
    const auto kim = findEvents(store.folder(), u"org-1"_s, pattern(u"KIM"_s), 10);
    QVERIFY(kim);
    QCOMPARE(kim->found, 30);
    QCOMPARE(kim->events.size(), 10);
    QVERIFY(kim->isCut());
    QCOMPARE(kim->events.constFirst().id, u"e59"_s); // newest first
    QCOMPARE(kim->searched, 60);
    QCOMPARE(findEvents(store.folder(), u"org-1"_s, pattern(u"say \"hi\""_s), 100)->found, 60);
}

QTEST_GUILESS_MAIN(TestSearch)
#include "tst_search.moc"
