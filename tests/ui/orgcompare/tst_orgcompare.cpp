#include "orgcompare/matchingfile.h"
#include "orgcompare/orgdifftree.h"
#include "orgcompare/orgmatchmodel.h"
#include "orgcompare/orgparts.h"
#include "orgcompare/orgreading.h"
#include "orgcompare/twoorganisations.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Compare::Correction;

namespace {
const auto Queues = u"queues"_s;
QString said(const QList<Correction> &corrections)
{
    QStringList out;
    for (const Correction &one : corrections) {
        out.append(u"%1 %2=%3"_s.arg(one.domain, one.left.value_or(u"-"_s), one.right.value_or(u"-"_s)));
    }
    return out.join(u"; "_s);
}
} // namespace

/// What the page of two organisations is made of: the corrections that are kept, what workers read, the tree and the table.
class TestOrgCompare : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const Result<void> made = m_store.make();
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
        const Result<QList<OrganisationChoice>> choices = readOrganisationChoices(m_store.folder());
        QVERIFY(choices);
        QCOMPARE(choices->size(), 2);
        QCOMPARE(choices->at(0).name, u"prodland"_s);
        QVERIFY(choices->at(0).titles.constFirst().endsWith(u"latest"_s));
        m_right = choices->at(0).snapshots.constFirst().id;
        m_left = choices->at(1).snapshots.constFirst().id;
    }

    void correctionsAreEdited()
    {
        QList<Correction> list = paired({}, Queues, u"a"_s, u"x"_s);
        list = paired(list, Queues, u"b"_s, u"x"_s); // x has one twin
        QCOMPARE(said(list), u"queues b=x"_s);
        list = parted(list, Queues, u"b"_s, u"x"_s);
        QCOMPARE(said(list), u"queues b=-; queues -=x"_s);
        list = parted(list, u"users"_s, u"b"_s, {});
        list = forgotten(list, Queues, {}, u"x"_s);
        QCOMPARE(said(list), u"queues b=-; users b=-"_s); // another domain's id is another's
        QVERIFY(isCorrected(list, Queues, u"b"_s, {}));
        QVERIFY(!isCorrected(list, Queues, {}, {}));
    }

    void whatIsKeptIsReadAgain()
    {
        const QTemporaryDir folder;
        const QList<Correction> list{{Queues, u"a\"\n"_s, u"x"_s}, {Queues, {}, u"y"_s}};
        QVERIFY(saveCorrections(folder.path(), u"left"_s, u"right"_s, list));
        QVERIFY(saveCorrections(folder.path(), u"left"_s, u"right"_s, list)); // over the one before
        const Result<KeptCorrections> kept = loadCorrections(folder.path(), u"left"_s, u"right"_s);
        QVERIFY(kept && !kept->isTurned);
        QCOMPARE(said(kept->corrections), said(list));
        QCOMPARE(QDir(folder.path() + u"/matching"_s).entryList(QDir::Files), QStringList(u"left--right.json"_s)); // nothing beside it
        const Result<KeptCorrections> turned = loadCorrections(folder.path(), u"right"_s, u"left"_s);
        QVERIFY(turned && turned->isTurned);
        QCOMPARE(said(turned->corrections), u"queues x=a\"\n; queues y=-"_s);
        QVERIFY(loadCorrections(folder.path(), u"left"_s, u"other"_s)->corrections.isEmpty());
    }

    void aFileNameIsOfTwoIdsAndStaysInItsFolder_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<QString>("name");
        QTest::newRow("ids as they are") << u"11-a"_s << u"22-b"_s << u"11-a--22-b.json"_s;
        QTest::newRow("a path stays a name") << u"../../x"_s << u"y"_s << u"%2E%2E%2F%2E%2E%2Fx--y.json"_s;
        QTest::newRow("a double hyphen parts nothing") << u"a--b"_s << u"c"_s << u"a%2D%2Db--c.json"_s;
        QTest::newRow("nor one at an end") << u"a-"_s << u"-b"_s << u"a%2D--%2Db.json"_s;
    }
    void aFileNameIsOfTwoIdsAndStaysInItsFolder()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QTEST(QFileInfo(matchingFilePath(u"/store"_s, left, right)).fileName(), "name");
        QCOMPARE(QFileInfo(matchingFilePath(u"/store"_s, left, right)).path(), u"/store/matching"_s);
    }

    void hostileFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("no JSON") << QByteArray("{\"version\": 1") << ErrorCode::MalformedJson;
        QTest::newRow("a list") << QByteArray("[]") << ErrorCode::BadInput;
        QTest::newRow("of a newer version") << QByteArray("{\"version\": 2, \"match\": []}") << ErrorCode::NewerFormat;
        QTest::newRow("above one megabyte") << QByteArray("{\"version\": 1, \"match\": [], \"x\": \"") + QByteArray(1024 * 1024, 'a')
                + "\"}" << ErrorCode::TooLarge;
        QTest::newRow("two things said of one entity")
            << QByteArray("{\"version\": 1, \"match\": [{\"domain\": \"q\", \"left\": \"a\", \"right\": \"x\"}, {\"domain\": \"q\", "
                          "\"left\": \"a\", \"right\": null}]}")
            << ErrorCode::BadInput;
        QTest::newRow("an id that is a number")
            << QByteArray("{\"version\": 1, \"match\": [{\"domain\": \"q\", \"left\": 1, \"right\": \"x\"}]}") << ErrorCode::BadInput;
    }
    void hostileFilesAreRefused()
    {
        QFETCH(QByteArray, bytes);
        const QTemporaryDir folder;
        const QString path = matchingFilePath(folder.path(), u"l"_s, u"r"_s);
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        const Result<KeptCorrections> kept = loadCorrections(folder.path(), u"l"_s, u"r"_s);
        QVERIFY(!kept);
        QTEST(kept.error().code, "code");
        QVERIFY2(kept.error().where.startsWith(path), qPrintable(kept.error().where));
    }

    void linksAreNotFollowed()
    {
        const QTemporaryDir folder, elsewhere;
        QVERIFY(QFile::link(elsewhere.path(), folder.filePath(u"matching"_s)));
        QVERIFY(!saveCorrections(folder.path(), u"l"_s, u"r"_s, {}));
        QVERIFY(QDir(elsewhere.path()).isEmpty());
        QFile file(elsewhere.filePath(u"l--r.json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"version\": 1, \"match\": []}");
        file.close();
        QCOMPARE(loadCorrections(folder.path(), u"l"_s, u"r"_s).error().code, ErrorCode::BadInput);
    }

    void differencesAreATree()
    {
        const OrgComparisonPtr comparison = compared({});
        QVERIFY(comparison);
        OrgDiffTree tree;
        (void)tree.setComparison(comparison);
        QCOMPARE(comparison->counts, (std::array<qint64, 4>{1, 1, 2, 3})); // also the organisation's own name differs
        QCOMPARE(labels(tree), (QStringList{u"Organisation"_s, u"Queues"_s, u"Not comparable"_s}));
        const QModelIndex queues = tree.index(1, 0);
        QStringList found;
        for (int row = 0; row < tree.rowCount(queues); ++row) {
            found.append(tree.index(row, 0, queues).data().toString() + u": "_s
                         + tree.index(row, OrgDiffTree::KindColumn, queues).data().toString());
        }
        QCOMPARE(found, (QStringList{u"Legacy: only right"_s, u"Pilot: only left"_s, u"Queue 1: differs"_s}));
        const QModelIndex changed = tree.index(2, 0, queues);
        QCOMPARE(tree.rowCount(changed), 1); // its own twin of the division is equal
        QCOMPARE(tree.index(0, 0, changed).data().toString(), u"/description"_s);
        QCOMPARE(tree.index(0, OrgDiffTree::LeftColumn, changed).data().toString(), u"\"busy\""_s);
        QCOMPARE(tree.index(0, OrgDiffTree::RightColumn, changed).data().toString(), u"\"calm\""_s);
        QCOMPARE(tree.parent(tree.index(0, 0, changed)), changed);
        QCOMPARE(tree.parent(changed), queues);
        QVERIFY(tree.index(0, 0, tree.index(2, 0)).data().toString().contains(u"Support"_s));
        const QString text = differencesText(*comparison, tree.shown());
        QVERIFY2(text.contains(u"/description: \"busy\" → \"calm\""_s), qPrintable(text));

        tree.setFilter(u"PILOT"_s, OrgDiffTree::Kind::Any);
        QCOMPARE(labels(tree), QStringList(u"Queues"_s));
        QCOMPARE(tree.shownEntries(), 1);
        tree.setFilter({}, OrgDiffTree::Kind::NotComparable);
        QCOMPARE(labels(tree), QStringList(u"Not comparable"_s));
        QCOMPARE(tree.shownEntries(), 3);
    }

    void whatCouldNotBeReadIsOfItsOwnSide()
    {
        TwoOrganisations odd;
        QVERIFY(odd.make(0, true));
        const Result<QList<OrganisationChoice>> choices = readOrganisationChoices(odd.folder());
        QVERIFY(choices);
        const Result<OrgComparisonPtr> comparison
            = compareChosen({odd.folder(), choices->at(1).snapshots.constFirst().id, choices->at(0).snapshots.constFirst().id, {}}, {}, {});
        QVERIFY(comparison);
        const QList<DifferenceEntry> &unknown = (*comparison)->branches.constLast().entries;
        const auto unread
            = std::ranges::find_if(unknown, [](const DifferenceEntry &one) { return one.why.startsWith(u"could not be read in A"_s); });
        QVERIFY(unread != unknown.end());
        QCOMPARE(unread->left, std::optional(u"queue-left-0900"_s));
        QCOMPARE(unread->right, std::optional<QString>());
    }

    void textsAreToldWithTwins()
    {
        const OrgComparisonPtr comparison = compared({});
        const DifferenceEntry *changed = nullptr;
        for (const DifferenceBranch &branch : comparison->branches) {
            for (const DifferenceEntry &one : branch.entries) {
                changed = one.name == "Queue 1"_L1 ? &one : changed;
            }
        }
        QVERIFY(changed);
        const Result<OrgTexts> texts = readOrgTexts(m_store.folder(), comparison, *changed, {});
        QVERIFY(texts);
        QCOMPARE(texts->document->rows.changes.size(), 1);
        QVERIFY(texts->document->left.text().contains("division-right-0001"));
        QVERIFY(texts->twins.contains(std::pair(u"division-left-0001"_s, u"division-right-0001"_s)));
    }

    void theMatchingIsATable()
    {
        const OrgComparisonPtr comparison = compared({});
        OrgMatchModel model;
        (void)model.setComparison(comparison);
        model.setFilter(u"queue"_s, OrgMatchModel::Kind::Ambiguous);
        QCOMPARE(model.rowCount(), 3);
        const MatchLine *line = model.line(model.rowOf(Queues, u"queue-left-0200"_s, {}));
        QVERIFY(line);
        const TwinCandidates twins = twinCandidates(*comparison, *line, true, {});
        QCOMPARE(twins.best.constFirst().id, u"queue-right-0200"_s); // of the same name
        QCOMPARE(twins.best.at(1).id, u"queue-right-0100"_s); // has no twin yet
        QCOMPARE(twins.best.at(2).nowTwinOf, u"Queue 0"_s);
        QCOMPARE(twins.all, 6);
        QCOMPARE(twinCandidates(*comparison, *line, true, u"LEG"_s).all, 1);
        QCOMPARE(twinCandidates(*comparison, *line, true, {}, 2).best.size(), 2);
        QVERIFY(matchingText(*comparison, model.shown()).contains(u"queues\tSupport\tqueue-left-0200\t\t–\tambiguous"_s));
    }

    void aCorrectionCounts()
    {
        const OrgComparisonPtr comparison
            = compared({{Queues, u"queue-left-0100"_s, u"queue-right-0100"_s}, {Queues, u"queue-left-0003"_s, {}}});
        OrgMatchModel model;
        (void)model.setComparison(comparison);
        const MatchLine *pair = model.line(model.rowOf(Queues, u"queue-left-0100"_s, {}));
        QCOMPARE(pair->leftName, u"Pilot"_s); // each side by its own name
        QCOMPARE(pair->rightName, u"Legacy"_s);
        QCOMPARE(matchText(*pair), u"by hand"_s);
        QCOMPARE(matchText(*model.line(model.rowOf(Queues, u"queue-left-0003"_s, {}))), u"by hand: only left"_s);
        QCOMPARE(model.counts().at(int(OrgMatchModel::Kind::ByHand)), 2);
    }

    void whatDoesNotFitWaits()
    {
        const OrgComparisonPtr comparison
            = compared({{Queues, u"gone"_s, u"queue-right-0100"_s}, {u"no such domain"_s, u"a"_s, {}}, {Queues, u"queue-left-0003"_s, {}}});
        QVERIFY(comparison);
        QCOMPARE(said(comparison->setAside), u"queues gone=queue-right-0100; no such domain a=-"_s);
    }

    void itIsCancelled()
    {
        CancellationSource source;
        source.cancel();
        const Result<OrgComparisonPtr> comparison = compareChosen({m_store.folder(), m_left, m_right, {}}, source.token(), {});
        QVERIFY(!comparison);
        QCOMPARE(comparison.error().code, ErrorCode::Cancelled);
    }

private:
    OrgComparisonPtr compared(const QList<Correction> &corrections)
    {
        const Result<OrgComparisonPtr> comparison = compareChosen({m_store.folder(), m_left, m_right, corrections}, {}, {});
        if (!comparison) {
            qWarning("%s %s", qPrintable(comparison.error().detail), qPrintable(comparison.error().where));
            return nullptr;
        }
        return *comparison;
    }
    static QStringList labels(const OrgDiffTree &tree)
    {
        QStringList out;
        for (int row = 0; row < tree.rowCount(); ++row) {
            out.append(tree.index(row, 0).data().toString());
        }
        return out;
    }

    TwoOrganisations m_store;
    QString m_left, m_right;
};

QTEST_GUILESS_MAIN(TestOrgCompare)
#include "tst_orgcompare.moc"
