#include "changes/changeexport.h"
#include "changes/changetree.h"
#include "changes/filterhistory.h"
#include "changes/queryedit.h"
#include "changessample.h"
#include "json/value.h"

#include "credentials/credentialstore.h"
#include "operations/workspace.h"

#include <QCoroTask>
#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

/// The query language as a text: globs, quotes, alternatives; adding and taking away terms; completion; undo. And what is written of chosen changes.
class TestChangeQuery : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void language_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("expected");
        const QStringList all{u"g1"_s, u"q1"_s, u"q2"_s, u"u9"_s, QString()};
        QTest::newRow("a glob in a path is the whole path") << u"path:/routingRules/*"_s << QStringList{u"q1"_s};
        QTest::newRow("a glob reaches over slashes") << u"path:/grants*"_s << QStringList{u"g1"_s};
        QTest::newRow("a glob that stops too early fits nothing") << u"path:/routing"_s + u'?' << QStringList();
        QTest::newRow("a question mark is one character") << u"domain:queue?"_s << QStringList{u"q1"_s, u"q2"_s};
        QTest::newRow("a glob in a domain") << u"domain:org_*"_s << QStringList{QString()};
        QTest::newRow("a comma is or") << u"domain:grants,users"_s << QStringList{u"g1"_s, u"u9"_s};
        QTest::newRow("a comma in quotes is a comma") << u"domain:\"grants,users\""_s << QStringList();
        QTest::newRow("a star in quotes is a star") << u"domain:\"q*\""_s << QStringList();
        QTest::newRow("the whole name") << u"domain:=users"_s << QStringList{u"u9"_s};
        QTest::newRow("part of a name is not the whole") << u"domain:=user"_s << QStringList();
        QTest::newRow("not one of two") << u"-domain:grants,users"_s << QStringList{u"q1"_s, u"q2"_s, QString()};
        QTest::newRow("a minus from a word processor") << u"−domain:queues"_s << QStringList{u"g1"_s, u"u9"_s, QString()};
        QTest::newRow("a minus in quotes is one") << u"\"-queues\""_s << QStringList();
        QTest::newRow("a key in quotes is a word") << u"\"severity:high\""_s << QStringList();
        QTest::newRow("by name") << u"name:\"tier 2\""_s << QStringList{u"q1"_s};
        QTest::newRow("by id") << u"id:q?"_s << QStringList{u"q1"_s, u"q2"_s};
        QTest::newRow("nobody is named") << u"actor:unknown"_s << QStringList{u"q1"_s, u"q2"_s, u"u9"_s, QString()};
        QTest::newRow("somebody is named") << u"-actor:unknown"_s << QStringList{u"g1"_s};
        QTest::newRow("an actor's whole name") << u"actor:=\"admin-04\""_s << QStringList{u"g1"_s};
        QTest::newRow("a value that is only a comma filters nothing") << u"domain:,"_s << all;
        QTest::newRow("an alternative still being typed changes nothing") << u"kind:removed,"_s << QStringList{u"q2"_s};
        QTest::newRow("NOT is a word, and hides what has no such word") << u"NOT tier"_s << QStringList();
        QTest::newRow("a word that happens to be an operator is found") << u"and \"not\""_s << QStringList();
        QTest::newRow("many stars end soon") << u"path:"_s + QString(300, u'*') + u"x" << QStringList();
    }
    void language()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, expected);
        const Operations::RangeFindings range = sampleFindings();
        const ChangeFilter filter = ChangeFilter::parse(text);
        QStringList found;
        for (const Report::Finding &finding : range.findings) {
            const QString title = range.domainTitles.value(finding.judged.change.domain);
            const Actor actor = actorOf(range, finding, nullptr);
            if (filter.matches(finding, title, actor)) {
                found.append(finding.judged.change.entity);
            }
            QCOMPARE(filter.failing(finding, title, actor) == 0, filter.matches(finding, title, actor));
        }
        QCOMPARE(found, expected);
    }

    void nothingIsIgnoredInSilence_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("a misspelt severity, with what may be meant") << u"severity:hgh"_s << u"Did you mean high?"_s;
        QTest::newRow("a misspelt kind") << u"kind:adde"_s << u"Did you mean added?"_s;
        QTest::newRow("a misspelt key is looked for as a word, and that is said") << u"severty:high"_s << u"Did you mean severity: ?"_s;
        QTest::newRow("a key without a value") << u"domain:"_s << u"waits for a value"_s;
        QTest::newRow("nothing but commas") << u"path:,,"_s << u"waits for a value"_s;
        QTest::newRow("a quote that is never closed") << u"name:\"Tier"_s << u"is not closed"_s;
        QTest::newRow("more than is read") << QString(5000, u'x') << u"Only the first 4,096"_s;
        QTest::newRow("NOT before a term, with the term that is meant")
            << u"tier NOT domain:users"_s << u"did you mean “-domain:users” ?"_s;
        QTest::newRow("NOT at the end") << u"NOT"_s << u"A leading - leaves out"_s;
        QTest::newRow("an exclamation mark") << u"!kind:added"_s << u"did you mean “-kind:added” ?"_s;
        QTest::newRow("OR between values of one key")
            << u"domain:roles OR domain:\"role grants\""_s << u"did you mean “domain:roles,\"role grants\"” ?"_s;
        QTest::newRow("OR between words") << u"tier OR archive"_s << u"there is no or"_s;
        QTest::newRow("OR between different keys") << u"kind:added || severity:high"_s << u"there is no or"_s;
        QTest::newRow("AND") << u"tier AND billing"_s << u"leave it out"_s;
        QTest::newRow("in small letters") << u"kind:added or kind:removed"_s << u"did you mean “kind:added,removed” ?"_s;
        QTest::newRow("in quotes it is meant as a word") << u"\"NOT\" \"or\" \"&&\""_s << QString();
        QTest::newRow("words that only begin like one") << u"order android note"_s << QString();
        QTest::newRow("a permission is no mistake") << u"authorization:grant:add"_s << QString();
        QTest::newRow("a right query has nothing to be said of") << u"severity:>=high -domain:users \"a b\""_s << QString();
    }
    void nothingIsIgnoredInSilence()
    {
        QFETCH(QString, text);
        QFETCH(QString, said);
        const QString notes = ChangeFilter::parse(text).notes().join(u'\n');
        QVERIFY2(said.isEmpty() ? notes.isEmpty() : notes.contains(said), qPrintable(notes));
    }

    void toggling_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("isNegated");
        QTest::addColumn<QString>("expected");
        QTest::newRow("into an empty query") << QString() << u"kind"_s << u"added"_s << false << u"kind:added"_s;
        QTest::newRow("beside other terms") << u"tier severity:high"_s << u"kind"_s << u"added"_s << false
                                            << u"tier severity:high kind:added"_s;
        QTest::newRow("a second value is an alternative")
            << u"kind:added x"_s << u"kind"_s << u"removed"_s << false << u"kind:added,removed x"_s;
        QTest::newRow("a second click takes it away")
            << u"kind:added,removed x"_s << u"kind"_s << u"added"_s << false << u"kind:removed x"_s;
        QTest::newRow("the last value takes the term along") << u"x kind:added"_s << u"kind"_s << u"added"_s << false << u"x"_s;
        QTest::newRow("left out") << u"x"_s << u"domain"_s << u"=users"_s << true << u"x -domain:=users"_s;
        QTest::newRow("left out, then wanted") << u"-domain:=users"_s << u"domain"_s << u"=users"_s << false << u"domain:=users"_s;
        QTest::newRow("no longer left out") << u"-domain:=users,=roles"_s << u"domain"_s << u"=users"_s << true << u"-domain:=roles"_s;
        QTest::newRow("a comparison gives way to the one that was clicked")
            << u"severity:>=medium"_s << u"severity"_s << u"low"_s << false << u"severity:low"_s;
        QTest::newRow("a quoted value") << QString() << u"actor"_s << u"=\"Jane Doe\""_s << false << u"actor:=\"Jane Doe\""_s;
        QTest::newRow("a quoted value again") << u"actor:=\"Jane Doe\" y"_s << u"actor"_s << u"=\"Jane Doe\""_s << false << u"y"_s;
    }
    void toggling()
    {
        QFETCH(QString, text);
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(bool, isNegated);
        QFETCH(QString, expected);
        const QString toggled = queryToggled(text, key, value, isNegated);
        QCOMPARE(toggled, expected);
        const TermState state = queryTermState(toggled, key, value);
        QCOMPARE(state != TermState::Absent, queryTermState(text, key, value) != (isNegated ? TermState::Unwanted : TermState::Wanted));
    }

    void quoting_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("blanks") << u"Jane Doe"_s;
        QTest::newRow("a comma") << u"Doe, Jane"_s;
        QTest::newRow("wildcards") << u"*admin?"_s;
        QTest::newRow("a leading equals sign") << u"=cmd"_s;
        QTest::newRow("a plain one") << u"admin-04"_s;
        QTest::newRow("quotes") << u"the \"boss\""_s;
    }
    void quoting()
    {
        QFETCH(QString, name);
        const QString query = u"actor:="_s + queryQuoted(name);
        const ChangeFilter filter = ChangeFilter::parse(query);
        QVERIFY(filter.mistakes().isEmpty());
        QCOMPARE(filter.terms().size(), 1);
        Actor actor;
        actor.name = name;
        actor.source = Actor::Source::Signal;
        const bool isExact
            = !name.contains(u'"'); // a quote cannot be written: it is any one character, in a query that is not whole any more
        QCOMPARE(filter.matches(sampleFindings().findings.at(1), {}, actor),
                 isExact || filter.terms().constFirst().any.constFirst().fits(name));
    }

    void completion_data()
    {
        QTest::addColumn<QString>("text"); // the cursor is at the bar
        QTest::addColumn<QStringList>("choices");
        QTest::addColumn<QString>("taken"); // the text after the first choice was taken
        QTest::newRow("a key") << u"se|"_s << QStringList{u"severity:"_s} << u"severity:"_s;
        QTest::newRow("a key after a minus") << u"tier -do|"_s << QStringList{u"domain:"_s} << u"tier -domain:"_s;
        QTest::newRow("nothing after a blank") << u"tier |"_s << QStringList() << QString();
        QTest::newRow("no key begins so") << u"xyz|"_s << QStringList() << QString();
        QTest::newRow("values of a key") << u"kind:|"_s << QStringList{u"added"_s, u"removed"_s, u"modified"_s, u"recreated"_s}
                                         << u"kind:added"_s;
        QTest::newRow("a value begun") << u"kind:rem|"_s << QStringList{u"removed"_s} << u"kind:removed"_s;
        QTest::newRow("what is there already is not offered") << u"kind:removed|"_s << QStringList() << QString();
        QTest::newRow("a second alternative") << u"kind:added,mod|"_s << QStringList{u"modified"_s} << u"kind:added,modified"_s;
        QTest::newRow("a severity after its sign") << u"severity:>=me|"_s << QStringList{u">=medium"_s} << u"severity:>=medium"_s;
        QTest::newRow("a domain by its title") << u"domain:role g|"_s << QStringList() << QString();
        QTest::newRow("a domain by part of its title")
            << u"domain:authent|"_s << QStringList{u"org_auth_settings"_s} << u"domain:org_auth_settings"_s;
        QTest::newRow("a name with a blank is quoted") << u"actor:ja|"_s << QStringList{u"\"Jane Doe\""_s} << u"actor:\"Jane Doe\""_s;
        QTest::newRow("in the middle of a query") << u"kind:ad| tier"_s << QStringList{u"added"_s} << u"kind:added tier"_s;
        QTest::newRow("paths") << u"path:/rout|"_s << QStringList{u"/routingRules"_s} << u"path:/routingRules"_s;
    }
    void completion()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, choices);
        QFETCH(QString, taken);
        QueryVocabulary vocabulary;
        vocabulary.domains = {u"grants"_s, u"org_auth_settings"_s};
        vocabulary.domainTitles = {u"Role grants"_s, u"Authentication settings"_s};
        vocabulary.actors = {u"Jane Doe"_s, u"admin-04"_s};
        vocabulary.paths = {u"/grants"_s, u"/routingRules"_s};
        const qsizetype cursor = text.indexOf(u'|');
        text.remove(u'|');
        const QueryCompletion completion = completeQuery(text, cursor, vocabulary);
        QStringList offered;
        for (const QueryCompletion::Choice &choice : completion.choices) {
            offered.append(choice.text);
        }
        QCOMPARE(offered, choices);
        if (!choices.isEmpty()) {
            QCOMPARE(QString(text.first(completion.from) + choices.constFirst() + text.sliced(completion.to)), taken);
        }
    }

    void history()
    {
        FilterHistory history;
        QVERIFY(!history.canUndo() && !history.canRedo());
        const auto typed = [&](const QString &text) { history.record({text, {}, -1, false}, true); };
        for (const QString &text : {u"k"_s, u"ki"_s, u"kind:added"_s, u"kind:added "_s, u"kind:added t"_s, u"kind:added tier"_s}) {
            typed(text);
        }
        history.select({{}, {4, 5}, 4, false});
        history.record({u"kind:added tier severity:high"_s, {}, -1, false}, false); // a click
        QCOMPARE(history.undo()->text, u"kind:added tier"_s);
        QCOMPARE(history.redo()->text, u"kind:added tier severity:high"_s);
        const auto back = history.undo();
        QCOMPARE(back->selected, QList<int>({4, 5})); // the selection of then comes back
        QCOMPARE(back->current, 4);
        QCOMPARE(history.undo()->text, u"kind:added"_s); // term by term, not letter by letter
        QCOMPARE(history.undo()->text, QString());
        QVERIFY(!history.undo());
        QCOMPARE(history.redo()->text, u"kind:added"_s);
        typed(u"other"_s); // what was undone is gone
        QVERIFY(!history.canRedo());
        history.forgetSelections();
        for (int i = 0; i < 500; ++i) {
            history.record({QString::number(i), {}, -1, false}, false);
        }
        int steps = 0;
        while (history.undo()) {
            ++steps;
        }
        QVERIFY(steps > 50 && steps <= 100); // bounded
    }

    void csvIsNoFormula_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("cell");
        QTest::newRow("an ordinary name") << u"Tier 2"_s << QByteArray("\"Tier 2\"");
        QTest::newRow("a formula") << u"=HYPERLINK(\"http://x\")"_s << QByteArray("\"'=HYPERLINK(\"\"http://x\"\")\"");
        QTest::newRow("a plus") << u"+1"_s << QByteArray("\"'+1\"");
        QTest::newRow("a minus") << u"-1+cmd|' /C calc'!A0"_s << QByteArray("\"'-1+cmd|' /C calc'!A0\"");
        QTest::newRow("an at sign") << u"@SUM(1)"_s << QByteArray("\"'@SUM(1)\"");
        QTest::newRow("a formula behind blanks") << u"  =1"_s << QByteArray("\"'  =1\"");
        QTest::newRow("a formula behind a tab") << u"\t=1"_s << QByteArray("\"'\t=1\"");
        QTest::newRow("a full-width equals sign") << u"＝1"_s << QByteArray("\"'＝1\"");
        QTest::newRow("a line break stays within its cell") << u"a\nb"_s << QByteArray("\"a\nb\"");
    }
    void csvIsNoFormula()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, cell);
        Operations::RangeFindings range = sampleFindings();
        range.findings[2].judged.change.name = name;
        const QByteArray csv = changesAs(ChangeFormat::Csv, range, {2});
        QVERIFY(csv.startsWith("\xEF\xBB\xBF\"severity\",\"domain\",\"entity\",\"name\","));
        const QByteArray row = "\"high\",\"queues\",\"q2\"," + cell + ",\"removed\",";
        QVERIFY2(csv.contains(row), csv.constData());
    }

    void copiesSayIdsAndNames()
    {
        Operations::RangeFindings range = sampleFindings();
        range.findings[1].judged.change.fields[0].oldText = "1";
        range.findings[1].judged.change.fields[0].newText = "\"a|b\\n<img>\"";
        range.findings[1].judged.change.name = u"Billing | <b>\u202E\nTier"_s;
        const QByteArray text = changesAs(ChangeFormat::Text, range, {1});
        QVERIFY2(text.contains("(q1)") && text.contains("1 → \"a|b\\n<img>\""), text.constData());
        QVERIFY(!text.contains("\u202E") && text.contains("\\u202e\\u000aTier")); // nothing that turns or breaks the line
        const QByteArray markdown = changesAs(ChangeFormat::Markdown, range, {1, 2});
        QCOMPARE(markdown.count('\n'), 4);
        QVERIFY2(markdown.contains("Billing \\| \\<b\\>"), markdown.constData());
        const QByteArray json
            = changesAs(ChangeFormat::Json, range, {1, 99, -1}, [](const Report::Finding &) { return u"orgtrace://x"_s; });
        const auto document = Json::parse({json.constData(), static_cast<size_t>(json.size())});
        QVERIFY(document.has_value());
        QCOMPARE(document->root()["changes"].items().begin() == document->root()["changes"].items().end(), false);
        for (const Json::Value change : document->root()["changes"].items()) {
            QCOMPARE(change["entity"].toQString(), u"q1"_s);
            QCOMPARE(change["link"].toQString(), u"orgtrace://x"_s);
            QCOMPARE(change["name"].toQString(), range.findings.at(1).judged.change.name);
        }
        QCOMPARE(changesAs(ChangeFormat::Ids, range, {1, 2}), QByteArray("q1\nq2\n"));
        QCOMPARE(changesAs(ChangeFormat::Names, range, {2, 4}), QByteArray("Archive\norg_auth_settings\n"));
        QCOMPARE(changesAs(ChangeFormat::Text, range, {}), QByteArray());
    }

    void saversComeFromTheSnapshotsSignals()
    {
        QTemporaryDir folder;
        ManualClock clock{QDateTime(QDate(2026, 10, 20), QTime(12, 0), QTimeZone::UTC)};
        const std::unique_ptr<Credentials::CredentialStore> credentials = Credentials::memoryStore();
        const QString store = folder.filePath(u"store"_s);
        QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *credentials)));
        Evidence::OrganisationSettings organisation;
        organisation.name = u"testland"_s;
        organisation.region = u"eu-central-1"_s;
        QVERIFY(Evidence::saveOrganisation(store, organisation));
        const auto workspace = Operations::Workspace::open(store, clock, *credentials);
        QVERIFY(workspace);
        QStringList ids;
        for (int day = 0; day < 2; ++day) {
            const QString source = folder.filePath(QString::number(day));
            const auto write = [&](const QString &domain, const QByteArray &json) {
                QFile file(source + u'/' + domain + u".json"_s);
                QVERIFY(file.open(QIODevice::WriteOnly) && file.write(json) == json.size());
            };
            QVERIFY(QDir().mkpath(source));
            write(u"organization"_s, R"({"id": "11111111-1111-4111-8111-111111111111", "name": "Testland"})");
            write(u"users"_s, R"([{"id": "u1", "name": "Jane Doe"}])");
            const QByteArray name = day == 0 ? "before" : "after";
            write(u"oauth_clients"_s,
                  R"([{"id": "c1", "name": ")" + name + R"(", "modifiedBy": {"id": "u1"}}, {"id": "c2", "name": ")" + name + R"("}])");
            const QDateTime at(QDate(2026, 10, 1 + day), QTime(6, 0), QTimeZone::UTC);
            const auto outcome = QCoro::waitFor((*workspace)->importFolder(source, u"testland"_s, at, {}));
            QVERIFY2(outcome.has_value(), outcome ? "" : qPrintable(outcome.error().detail));
            ids.append(outcome->snapshot.id);
        }
        const auto range = Operations::findings(store, ids.at(0), ids.at(1));
        QVERIFY(range);
        QCOMPARE(range->findings.size(), 2);
        const Savers savers = readSavers(store, *range, {});
        QCOMPARE(savers.ids, (QHash<QString, QString>{{u"oauth_clients/c1"_s, u"u1"_s}}));
        ChangeTreeOptions options;
        options.grouping = ChangeGrouping::Actor;
        options.savers = std::make_shared<const Savers>(savers);
        const auto tree = buildChangeTree(*range, {}, options);
        QCOMPARE(tree->rows.at(tree->top.at(0)).text, u"Jane Doe"_s);
        QCOMPARE(tree->rows.at(tree->top.at(1)).text, u"Not known who saved last"_s);
        QVERIFY(readSavers(folder.filePath(u"nowhere"_s), *range, {}).isEmpty()); // unknown, no more
    }

    /// Not known is one thing, and not readable another: that is said, with its reason.
    void signalsThatCannotBeReadAreSaid()
    {
        Operations::RangeFindings range = sampleFindings();
        const Savers lost = readSavers(u"/nowhere/at/all"_s, range, {});
        QVERIFY(lost.isEmpty() && lost.whyUnread(u"queues"_s));
        Savers part{{{u"users/u9"_s, u"u1"_s}}, {}};
        part.unread.emplace(u"queues"_s, Error{ErrorCode::Integrity, u"the blob is cut off"_s, {}});
        QVERIFY(part.whyUnread(u"queues"_s) && !part.whyUnread(u"users"_s));
        ChangeTreeOptions options;
        options.grouping = ChangeGrouping::Actor;
        options.savers = std::make_shared<const Savers>(part);
        const auto tree = buildChangeTree(range, {}, options);
        QVERIFY2(tree->unreadSavers.contains(u"Queues"_s) && tree->unreadSavers.contains(u"the blob is cut off"_s),
                 qPrintable(tree->unreadSavers));
        QVERIFY(!tree->unreadSavers.contains(u"Users"_s));
        const auto tipOf = [&](int finding) { return tree->rows.at(tree->rowOfFinding(finding)).tip; };
        QVERIFY2(tipOf(1).contains(u"the blob is cut off"_s), qPrintable(tipOf(1))); // a queue
        QVERIFY2(!tipOf(3).contains(u"the blob is cut off"_s), qPrintable(tipOf(3))); // a user
        options.savers = std::make_shared<const Savers>();
        QVERIFY(buildChangeTree(range, {}, options)->unreadSavers.isEmpty());
    }

    void whoSavedLast()
    {
        Operations::RangeFindings range = sampleFindings();
        const Savers savers{{{u"queues/q1"_s, u"u1"_s}, {u"queues/q2"_s, u"nobody-known"_s}}, {}};
        QCOMPARE(actorOf(range, range.findings.at(1), &savers).name, u"admin-04"_s); // the name of then
        QCOMPARE(actorOf(range, range.findings.at(1), &savers).source, Actor::Source::Signal);
        QCOMPARE(actorOf(range, range.findings.at(2), &savers).name, u"nobody-known"_s);
        QCOMPARE(actorOf(range, range.findings.at(0), &savers).source, Actor::Source::Event);
        QVERIFY(!actorOf(range, range.findings.at(3), &savers).isKnown());
    }
};

QTEST_GUILESS_MAIN(TestChangeQuery)
#include "tst_changequery.moc"
