#include "compare/orgcompare.h"
#include "twosnapshots.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Compare;
using namespace Qt::StringLiterals;

/// Two organisations, test and production: entities matched by name where ids differ, and nothing guessed.
class TestOrganisations : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matching_data();
    void matching();
    void matchesAsTheNaiveModel();
    void wrongCorrections_data();
    void wrongCorrections();
    void correctionFiles_data();
    void correctionFiles();
    void difference_data();
    void difference();
    void oneOrganisationHasNoTwin();
    void cancelled();
};

namespace {

/// "r1=Lead r2=Head": ids and names.
QList<Matchable> entities(const QString &text)
{
    QList<Matchable> out;
    for (const QString &one : text.split(u' ', Qt::SkipEmptyParts))
        out.append({one.section(u'=', 0, 0), one.section(u'=', 1)});
    return out;
}

/// "a=b c=- -=d": corrections of one domain.
QList<Correction> corrections(const QString &text, const QString &domain = u"roles"_s)
{
    QList<Correction> out;
    for (const QString &one : text.split(u' ', Qt::SkipEmptyParts)) {
        const auto id = [](const QString &word) { return word == u"-" ? std::nullopt : std::optional(word); };
        out.append({domain, id(one.section(u'=', 0, 0)), id(one.section(u'=', 1))});
    }
    return out;
}

QStringList described(const QList<MatchRow> &rows)
{
    QStringList out;
    for (const MatchRow &row : rows)
        out.append(matchKindName(row.kind) + u' ' + row.left.value_or(u"-"_s) + u' ' + row.right.value_or(u"-"_s));
    return out;
}

using Arrange = std::function<void(TwoSnapshots &)>;

} // namespace

void TestOrganisations::matching_data()
{
    QTest::addColumn<QString>("left");
    QTest::addColumn<QString>("right");
    QTest::addColumn<QString>("corrected");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("the same name, other ids") << u"a=Lead"_s << u"x=Lead"_s << QString() << QStringList{u"same-name a x"_s};
    QTest::newRow("the same id, whatever the names") << u"a=Lead"_s << u"a=Head"_s << QString() << QStringList{u"same-id a a"_s};
    QTest::newRow("the same id comes before the same name")
        << u"a=Lead b=Head"_s << u"a=Head x=Lead"_s << QString() << QStringList{u"only-left b -"_s, u"same-id a a"_s, u"only-right - x"_s};
    QTest::newRow("two of one name there are not guessed at")
        << u"a=Lead"_s << u"x=Lead y=Lead"_s << QString() << QStringList{u"ambiguous - x"_s, u"ambiguous - y"_s, u"ambiguous a -"_s};
    QTest::newRow("two of one name on one side only are simply there")
        << u"a=Lead b=Lead"_s << QString() << QString() << QStringList{u"only-left a -"_s, u"only-left b -"_s};
    QTest::newRow("said by hand, the rest is clear")
        << u"a=Lead b=Lead"_s << u"x=Lead y=Lead"_s << u"a=y"_s << QStringList{u"corrected a y"_s, u"same-name b x"_s};
    QTest::newRow("said by hand against the same id")
        << u"a=Lead b=Head"_s << u"a=Lead x=Head"_s << u"a=x"_s << QStringList{u"only-left b -"_s, u"corrected a x"_s, u"only-right - a"_s};
    QTest::newRow("said to have no twin") << u"a=Lead"_s << u"x=Lead"_s << u"a=-"_s << QStringList{u"only-right - x"_s, u"only-left a -"_s};
    QTest::newRow("nameless ones only by their id")
        << u"a= b="_s << u"a= c="_s << QString() << QStringList{u"only-right - c"_s, u"same-id a a"_s, u"only-left b -"_s};
}

void TestOrganisations::matching()
{
    QFETCH(QString, left);
    QFETCH(QString, right);
    QFETCH(QString, corrected);
    QFETCH(QStringList, expected);
    const auto rows = matchOrganisations({{u"roles"_s, entities(left), entities(right)}}, corrections(corrected));
    QVERIFY(rows);
    QStringList found = described(*rows);
    found.sort();
    expected.sort();
    QCOMPARE(found, expected);
}

void TestOrganisations::matchesAsTheNaiveModel()
{
    QRandomGenerator dice(7);
    int ambiguous = 0, matched = 0;
    for (int round = 0; round < 2000; ++round) {
        const auto side = [&dice](int many) {
            QList<Matchable> out;
            for (int id = 0; id < 8; ++id) {
                if (dice.bounded(8) < many)
                    out.append({QString(QChar(u'a' + ushort(id))),
                                dice.bounded(6) == 0 ? QString() : QString(QChar(u'P' + ushort(dice.bounded(6))))});
            }
            return out;
        };
        QList<Matchable> left = side(4), right = side(4);
        for (Matchable &entity : right) { // most ids are of one side alone
            if (dice.bounded(3) != 0)
                entity.id = u'r' + entity.id;
        }
        QList<Correction> said;
        if (!left.isEmpty() && !right.isEmpty() && dice.bounded(2) == 0)
            said.append({u"d"_s, left[dice.bounded(left.size())].id, right[dice.bounded(right.size())].id});
        const auto rows = matchOrganisations({{u"d"_s, left, right}}, said);
        QVERIFY(rows);

        // The model: for each entity of the left, one after the other, by the sentences of the header alone.
        QStringList expected;
        const auto isSaid
            = [&](bool onLeft, const QString &id) { return !said.isEmpty() && (onLeft ? said.first().left : said.first().right) == id; };
        const auto has = [](const QList<Matchable> &those, const QString &id) {
            return std::ranges::any_of(those, [&id](const Matchable &entity) { return entity.id == id; });
        };
        const auto free = [&](const QList<Matchable> &those, const QList<Matchable> &others, bool onLeft) {
            QList<Matchable> out;
            for (const Matchable &entity : those) {
                const bool sameId = has(others, entity.id) && !isSaid(true, entity.id) && !isSaid(false, entity.id);
                if (!isSaid(onLeft, entity.id) && !sameId)
                    out.append(entity);
            }
            return out;
        };
        const QList<Matchable> restLeft = free(left, right, true), restRight = free(right, left, false);
        const auto named = [](const QList<Matchable> &those, const QString &name) {
            return std::ranges::count_if(those, [&name](const Matchable &entity) { return !name.isEmpty() && entity.name == name; });
        };
        for (const Correction &one : std::as_const(said))
            expected.append(u"corrected "_s + *one.left + u' ' + *one.right);
        for (const Matchable &entity : std::as_const(left)) {
            if (isSaid(true, entity.id))
                continue;
            const auto here = named(restLeft, entity.name), there = named(restRight, entity.name);
            if (!restLeft.contains(entity))
                expected.append(u"same-id "_s + entity.id + u' ' + entity.id);
            else if (here == 1 && there == 1)
                expected.append(u"same-name "_s + entity.id + u' '
                                + std::ranges::find_if(restRight, [&](const Matchable &other) { return other.name == entity.name; })->id);
            else
                expected.append((here > 0 && there > 0 ? u"ambiguous "_s : u"only-left "_s) + entity.id + u" -"_s);
        }
        for (const Matchable &entity : restRight) {
            const auto here = named(restLeft, entity.name), there = named(restRight, entity.name);
            if (!(here == 1 && there == 1))
                expected.append((here > 0 && there > 0 ? u"ambiguous - "_s : u"only-right - "_s) + entity.id);
        }
        QStringList found = described(*rows);
        found.sort();
        expected.sort();
        QCOMPARE(found, expected);
        ambiguous += int(found.filter(u"ambiguous"_s).size());
        matched += int(found.filter(u"same-name"_s).size());
    }
    QVERIFY(ambiguous > 200 && matched > 200);
}

void TestOrganisations::wrongCorrections_data()
{
    QTest::addColumn<QString>("corrected");
    QTest::addColumn<QString>("domain");
    QTest::newRow("nobody of that id on the left") << u"z=x"_s << u"roles"_s;
    QTest::newRow("nobody of that id on the right") << u"a=z"_s << u"roles"_s;
    QTest::newRow("two things said of one") << u"a=x a=y"_s << u"roles"_s;
    QTest::newRow("two for one twin") << u"a=x b=x"_s << u"roles"_s;
    QTest::newRow("nothing said") << u"-=-"_s << u"roles"_s;
    QTest::newRow("a domain that is not there") << u"a=x"_s << u"holes"_s;
}

void TestOrganisations::wrongCorrections()
{
    QFETCH(QString, corrected);
    QFETCH(QString, domain);
    const auto rows = matchOrganisations({{u"roles"_s, entities(u"a=A b=B"_s), entities(u"x=A y=B"_s)}}, corrections(corrected, domain));
    QVERIFY(!rows);
    QCOMPARE(rows.error().code, ErrorCode::BadInput);
}

void TestOrganisations::correctionFiles_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("where");
    QTest::newRow("two corrections") << QByteArray(
        R"({"version":1,"match":[{"domain":"d","left":"a","right":"b"},{"domain":"d","left":null,"right":"c"}]})")
                                     << 2 << QString();
    QTest::newRow("none") << QByteArray(R"({"version":1,"match":[]})") << 0 << QString();
    QTest::newRow("no version") << QByteArray(R"({"match":[]})") << -1 << QString();
    QTest::newRow("of a later version") << QByteArray(R"({"version":2,"match":[]})") << -1 << u"/version"_s;
    QTest::newRow("an id that is a number") << QByteArray(R"({"version":1,"match":[{"domain":"d","left":1,"right":"b"}]})") << -1
                                            << u"/match/0"_s;
    QTest::newRow("a twin left out") << QByteArray(R"({"version":1,"match":[{"domain":"d","left":"a"}]})") << -1 << u"/match/0"_s;
    QTest::newRow("neither") << QByteArray(R"({"version":1,"match":[{"domain":"d","left":null,"right":null}]})") << -1 << u"/match/0"_s;
    QTest::newRow("no JSON") << QByteArray("match = 1") << -1 << u"byte 0"_s;
    QTest::newRow("too deep") << QByteArray(QByteArray("[").repeated(50) + QByteArray("]").repeated(50)) << -1 << u"/0/0/0/0/0/0/0/0"_s;
}

void TestOrganisations::correctionFiles()
{
    QFETCH(QByteArray, json);
    QFETCH(int, count);
    QFETCH(QString, where);
    const auto read = readCorrections(json);
    QCOMPARE(read ? int(read->size()) : -1, count);
    if (!read)
        QCOMPARE(read.error().where, where);
}

void TestOrganisations::difference_data()
{
    QTest::addColumn<Arrange>("arrange");
    QTest::addColumn<QString>("corrected");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const Arrange &arrange, const QStringList &expected, const QString &corrected = {}) {
        QTest::newRow(name) << arrange << corrected << expected;
    };
    const auto divisions = [](TwoSnapshots &t) {
        t.put("divisions", "division-a1", R"({"id":"division-a1","name":"Sales"})", {});
        t.put("divisions", "division-b1", {}, R"({"id":"division-b1","name":"Sales"})");
        t.put("divisions", "division-a2", R"({"id":"division-a2","name":"Care"})", {});
        t.put("divisions", "division-b2", {}, R"({"id":"division-b2","name":"Care"})");
    };
    row("a queue in its own organisation's twin of a division is equal",
        [=](TwoSnapshots &t) {
            divisions(t);
            t.put("queues", "queue-a", R"({"id":"queue-a","name":"Q","division":{"id":"division-a1"}})", {});
            t.put("queues", "queue-b", {}, R"({"id":"queue-b","name":"Q","division":{"id":"division-b1"}})");
        },
        {});
    row("one in another division differs, and both are told by the ids of B",
        [=](TwoSnapshots &t) {
            divisions(t);
            t.put("queues", "queue-a", R"({"id":"queue-a","name":"Q","division":{"id":"division-a1"},"acw":1})", {});
            t.put("queues", "queue-b", {}, R"({"id":"queue-b","name":"Q","division":{"id":"division-b2"},"acw":2})");
        },
        {u"modified queues/queue-b Q was queue-a"_s, u"  modified /acw"_s, u"  modified /division/id"_s});
    row("what one side could not read may be the twin",
        [=](TwoSnapshots &t) {
            t.put("skills", "skill-aaa", R"({"id":"skill-aaa","name":"Dutch"})", {});
            t.put("skills", "skill-bbb", {}, R"({"id":"skill-bbb","name":"Dutch"})");
            t.put("skills", "skill-c", {}, R"({"id":"skill-c","name":"Greek"})");
            TwoSnapshots::row(t.a, "skills").quarantined.append({u"skill-x"_s, u"malformed-json"_s, {}});
        },
        {u"not comparable skills skill-x: could not be read in A: malformed-json"_s,
         u"not comparable skills skill-c: its twin may be among what could not be read"_s});
    row("what a side could not read itself is nobody's twin on that side",
        [=](TwoSnapshots &t) {
            t.put("skills", "skill-aaa", R"({"id":"skill-aaa","name":"Dutch"})", {});
            t.put("skills", "skill-bbb", {}, R"({"id":"skill-bbb","name":"Greek"})");
            TwoSnapshots::row(t.a, "skills").quarantined.append({u"skill-xxx"_s, u"malformed-json"_s, {}});
        },
        {u"removed skills/skill-aaa Dutch"_s, u"not comparable skills skill-xxx: could not be read in A: malformed-json"_s,
         u"not comparable skills skill-bbb: its twin may be among what could not be read"_s});
    row("members of a group that was not seen have no twin to be missed by",
        [=](TwoSnapshots &t) {
            t.put("groups", "group-b1", {}, R"({"id":"group-b1","name":"G"})");
            TwoSnapshots::row(t.a, "groups").state = Evidence::LedgerState::Forbidden;
            t.put("group_members", "group-b1", {}, R"({"id":"group-b1","members":[]})");
        },
        {u"not comparable group_members group-b1: what it belongs to was not seen on both sides, so that its twin is not known"_s,
         u"not comparable groups: forbidden in A"_s});
    row("what has no twin is on one side",
        [=](TwoSnapshots &t) {
            divisions(t);
            t.put("skills", "skill-a", R"({"id":"skill-a","name":"Dutch"})", {});
            t.put("skills", "skill-b", {}, R"({"id":"skill-b","name":"Greek"})");
        },
        {u"removed skills/skill-a Dutch"_s, u"added skills/skill-b Greek"_s});
    row("several of one name are not comparable, and neither is what names them",
        [=](TwoSnapshots &t) {
            t.put("divisions", "division-a1", R"({"id":"division-a1","name":"Sales"})", {});
            t.put("divisions", "division-b1", {}, R"({"id":"division-b1","name":"Sales"})");
            t.put("divisions", "division-b2", {}, R"({"id":"division-b2","name":"Sales"})");
            t.put("queues", "queue-a", R"({"id":"queue-a","name":"Q","division":{"id":"division-a1"},"acw":1})", {});
            t.put("queues", "queue-b", {}, R"({"id":"queue-b","name":"Q","division":{"id":"division-b1"},"acw":2})");
        },
        {u"modified queues/queue-b Q was queue-a"_s, u"  modified /acw"_s,
         u"not comparable divisions division-a1,division-b1,division-b2: several of the same name, so that it is not known which belong together"_s,
         u"not comparable queues queue-b: names something of which there are several of the same name"_s});
    row(
        "until a person says which",
        [=](TwoSnapshots &t) {
            t.put("divisions", "division-a1", R"({"id":"division-a1","name":"Sales"})", {});
            t.put("divisions", "division-b1", {}, R"({"id":"division-b1","name":"Sales"})");
            t.put("divisions", "division-b2", {}, R"({"id":"division-b2","name":"Sales"})");
            t.put("queues", "queue-a", R"({"id":"queue-a","name":"Q","division":{"id":"division-a1"}})", {});
            t.put("queues", "queue-b", {}, R"({"id":"queue-b","name":"Q","division":{"id":"division-b2"}})");
        },
        {u"added divisions/division-b1 Sales"_s}, u"division-a1=division-b2"_s);
    row("members follow their group, by the ids of twins",
        [=](TwoSnapshots &t) {
            t.put("users", "person-a1", R"({"id":"person-a1","name":"Ada","username":"ada"})", {});
            t.put("users", "person-b1", {}, R"({"id":"person-b1","name":"Ada","username":"ada"})");
            t.put("users", "person-a2", R"({"id":"person-a2","name":"Bo","username":"bo"})", {});
            t.put("users", "person-b0", {}, R"({"id":"person-b0","name":"Bo","username":"bo"})");
            t.put("groups", "group-a1", R"({"id":"group-a1","name":"Desk"})", {});
            t.put("groups", "group-b1", {}, R"({"id":"group-b1","name":"Desk"})");
            t.put("group_members", "group-a1", R"({"id":"group-a1","members":[{"id":"person-a1"},{"id":"person-a2"}]})", {});
            t.put("group_members", "group-b1", {}, R"({"id":"group-b1","members":[{"id":"person-b0"},{"id":"person-b1"}]})");
        },
        {});
    row("a domain that one side did not see is not comparable",
        [=](TwoSnapshots &t) {
            divisions(t);
            t.put("skills", "skill-a", R"({"id":"skill-a","name":"Dutch"})", {});
            TwoSnapshots::row(t.b, "skills").state = Evidence::LedgerState::Forbidden;
        },
        {u"not comparable skills: forbidden in B"_s});
    row("settings have no id to match",
        [=](TwoSnapshots &t) {
            t.put("org_auth_settings", "", R"({"multifactorAuthenticationRequired":true})",
                  R"({"multifactorAuthenticationRequired":false})");
        },
        {u"modified org_auth_settings/ "_s, u"  modified /multifactorAuthenticationRequired"_s});
    row("order and types are counted here as well",
        [=](TwoSnapshots &t) {
            t.put("queues", "queue-a", R"({"id":"queue-a","name":"Q","acw":"30"})", {});
            t.put("queues", "queue-b", {}, R"({"id":"queue-b","name":"Q","acw":30})");
        },
        {u"left out type-only 1"_s});
}

void TestOrganisations::difference()
{
    QFETCH(Arrange, arrange);
    QFETCH(QString, corrected);
    QFETCH(QStringList, expected);
    TwoSnapshots t;
    t.b.organisation = u"org-2"_s;
    arrange(t);
    t.write();
    const auto a = t.before(), b = t.after();
    const auto both = compareOrganisations(a, b, corrections(corrected, u"divisions"_s));
    QVERIFY2(both, both ? "" : qPrintable(both.error().detail));
    QCOMPARE(described(both->difference), expected);
}

void TestOrganisations::oneOrganisationHasNoTwin()
{
    TwoSnapshots t;
    t.put("skills", "s", R"({"id":"s"})", R"({"id":"s"})");
    t.write();
    const auto a = t.before(), b = t.after();
    const auto both = compareOrganisations(a, b);
    QVERIFY(!both);
    QCOMPARE(both.error().code, ErrorCode::BadInput);
}

void TestOrganisations::cancelled()
{
    TwoSnapshots t;
    t.b.organisation = u"org-2"_s;
    t.put("skills", "s", R"({"id":"s"})", R"({"id":"s"})");
    t.write();
    const auto a = t.before(), b = t.after();
    CancellationSource source;
    source.cancel();
    const auto both = compareOrganisations(a, b, {}, {}, source.token());
    QVERIFY(!both);
    QCOMPARE(both.error().code, ErrorCode::Cancelled);
}

QTEST_GUILESS_MAIN(TestOrganisations)
#include "tst_organisations.moc"
