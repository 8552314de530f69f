#include "access/accessdelegate.h"
#include "access/accesspage.h"
#include "access/accesstreemodel.h"
#include "access/crosscheckpanel.h"
#include "access/findingsside.h"
#include "access/historypicture.h"
#include "access/historyside.h"
#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "access/whocanside.h"
#include "changes/filterfield.h"
#include "integration/ctlrunner.h"
#include "mainwindow/mainwindow.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QAbstractItemView>
#include <QClipboard>
#include <QCompleter>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QThreadPool>
#include <QToolButton>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass

void put(const QString &folder, const QString &domain, const QByteArray &json)
{
    QDir().mkpath(folder);
    QFile file(QDir(folder).filePath(domain + u".json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(json);
}

/// One more day of a small store. Kim is in the group that holds Master Admin; people come with them.
struct Day {
    int day = 6;
    bool isMember = true, areMembersRead = true, isConditional = false;
    QByteArray direct = {}; ///< grants of Kim's own
    int people = 3;
};

void addDay(SmallStore &store, const Day &day)
{
    QTemporaryDir source;
    const QString folder = source.path();
    put(folder, u"organization"_s, "{\"id\": \"11111111-1111-4111-8111-111111111111\", \"name\": \"Testland\"}");
    QByteArray users = "{\"id\": \"kim\", \"name\": \"Kim\"}";
    for (int i = 1; i < day.people; ++i) {
        const QByteArray number = QByteArray::number(i);
        users += ",\n{\"id\": \"user-" + number + "\", \"name\": \"Person " + number + "\"}";
    }
    put(folder, u"users"_s, "[" + users + "]");
    put(folder, u"groups"_s, "[{\"id\": \"group-1\", \"name\": \"Contractors\"}]");
    if (day.areMembersRead) {
        put(folder, u"group_members"_s,
            QByteArray("[{\"id\": \"group-1\", \"members\": [") + (day.isMember ? "{\"id\": \"kim\"}" : "") + "]}]");
    }
    put(folder, u"divisions"_s, "[{\"id\": \"north\", \"name\": \"North\"}]");
    QByteArray onOffer;
    for (const auto &[domain, entity, action] : {std::tuple("authorization", "grant", "add"), std::tuple("routing", "queue", "view"),
                                                 std::tuple("oauth", "client", "add"), std::tuple("audits", "audit", "view")}) {
        onOffer += QByteArray(onOffer.isEmpty() ? "" : ", ") + "{\"domain\": \"" + domain + "\", \"permissionMap\": {\"" + entity
            + "\": [{\"domain\": \"" + domain + "\", \"entityType\": \"" + entity + "\", \"action\": \"" + action
            + "\", \"divisionAware\": true}]}}";
    }
    put(folder, u"permissions_catalogue"_s, "[" + onOffer + "]");
    put(folder, u"roles"_s,
        QByteArray(
            "[{\"id\": \"role-1\", \"name\": \"Agent\", \"permissionPolicies\": [{\"domain\": \"routing\", \"entityName\": \"queue\", "
            "\"actionSet\": [\"view\"]}]}, {\"id\": \"role-2\", \"name\": \"Master Admin\", \"permissionPolicies\": [{\"domain\": "
            "\"authorization\", \"entityName\": \"grant\", \"actionSet\": [\"add\", \"view\"]")
            + (day.isConditional ? ", \"resourceConditionNode\": {\"variableName\": \"x\"}" : "")
            + "}]}, {\"id\": \"role-3\", \"name\": \"Client Admin\", \"permissionPolicies\": [{\"domain\": \"oauth\", \"entityName\": "
              "\"client\", "
              "\"actionSet\": [\"add\"]}]}]");
    put(folder, u"grants"_s,
        "[{\"id\": \"group-1\", \"type\": \"PC_GROUP\", \"grants\": [{\"role\": \"role-2\", \"division\": \"*\"}]}"
            + (day.direct.isEmpty() ? QByteArray() : ", {\"id\": \"kim\", \"type\": \"PC_USER\", \"grants\": [" + day.direct + "]}") + "]");
    Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(store.folder(), store.clock, *store.credentials);
    QVERIFY(workspace);
    const QDateTime at(QDate(2026, 10, day.day), QTime(6, 0), QTimeZone::UTC);
    const Result<Capture::Outcome> outcome = QCoro::waitFor((*workspace)->importFolder(folder, u"testland"_s, at, {}));
    QVERIFY2(outcome.has_value(), outcome ? "" : qPrintable(outcome.error().detail));
}

/// What is seen of a tree: text, note, chips; two blanks a level; only rows that are open.
QString seenRows(const QTreeView &tree, const QModelIndex &parent = {}, int depth = 0)
{
    QString out;
    const QAbstractItemModel &model = *tree.model();
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        out += QString(depth * 2, u' ') + index.data(Qt::AccessibleTextRole).toString() + u'\n';
        if (tree.isExpanded(index)) {
            out += seenRows(tree, index, depth + 1);
        }
    }
    return out;
}

} // namespace

/// History, Findings and the cross-check of the access view, in a real window, by mouse and keys.
class TestWindowAccessHistory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const Result<void> made = m_store.make();
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
        addDay(m_store, {.day = 6});
        addDay(m_store, {.day = 7, .areMembersRead = false});
        addDay(m_store, {.day = 8, .isConditional = true});
        addDay(m_store, {.day = 9, .isMember = false});
        addDay(m_store,
               {.day = 10,
                .isMember = false,
                .direct = "{\"role\": \"role-2\", \"division\": \"*\", \"grantMadeAt\": \"2026-10-09T18:00:00Z\"}"});
    }

    void init()
    {
        QFile::remove(rulesFile());
        m_session = std::make_unique<Session>(m_store.clock, *m_store.credentials);
        m_page = std::make_unique<AccessPage>(*m_session);
        m_page->resize(1000, 800);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        m_page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }

    void cleanup()
    {
        m_page.reset();
        m_session.reset();
    }

    void historyByKeysAndMouse()
    {
        openRange(8, 9);
        SegmentedSwitch &sides = m_page->sideSwitch();
        sides.setFocus();
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(&sides, Qt::Key_Right);
        }
        QCOMPARE(m_page->side(), AccessPage::History);
        QVERIFY(!m_page->modeSwitch().isVisible()); // all snapshots, not one
        HistorySide &side = m_page->history();
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && side.hasModels(), patience);
        QTRY_VERIFY2(side.emptyText().startsWith(u"When was it held?"_s), qPrintable(side.emptyText()));
        QTRY_VERIFY(side.picker()->count() > 2 && side.question()->completer());
        choose(*side.picker(), u"Kim"_s);
        side.question()->setFocus();
        side.question()->selectAll();
        QTest::keyClicks(side.question(), u"grant:a"_s);
        QTRY_VERIFY(side.question()->completer()->popup()->isVisible());
        QTest::keyClick(side.question()->completer()->popup(), Qt::Key_Down);
        QTest::keyClick(side.question()->completer()->popup(), Qt::Key_Return);
        QTRY_COMPARE(side.question()->text(), u"authorization:grant:add"_s);
        QTRY_COMPARE_WITH_TIMEOUT(side.summaryText(),
                                  u"Held over 2 intervals in 10 snapshots · still held in the last one · 6 could not tell"_s, patience);
        const QString rows = seenRows(*side.tree());
        QVERIFY2(
            rows.startsWith(u"From before 6 Oct 2026 06:00 UTC to 8 Oct 2026 06:00 UTC, at least 48 h · 2 snapshots, group, conditional\n"
                            "  held already in the first snapshot that tells, by 6 Oct 2026 06:00 UTC\n"
                            "  seen 6 Oct 2026 06:00 UTC, 1 snapshot · 1 path, group\n"
                            "    Kim → group Contractors → Master Admin · all divisions → authorization:grant:add\n"
                            "  seen 8 Oct 2026 06:00 UTC, 1 snapshot · 1 path, group, conditional\n"_s),
            qPrintable(rows));
        QVERIFY2(rows.contains(u"  lost between 8 Oct 2026 06:00 UTC and 9 Oct 2026 06:00 UTC\n"_s), qPrintable(rows));
        QVERIFY2(rows.contains(u"  gained by a grant made at 9 Oct 2026 18:00 UTC, seen by 10 Oct 2026 06:00 UTC\n"_s), qPrintable(rows));
        QVERIFY2(rows.contains(u"Could not tell: 6 snapshots, of 10"_s), qPrintable(rows));

        // Row to bar.
        HistoryPicture &picture = *side.picture();
        QCOMPARE(picture.place(), (HistoryPlace{0, -1}));
        side.tree()->setFocus();
        QTest::keyClick(side.tree(), Qt::Key_Down);
        QTest::keyClick(side.tree(), Qt::Key_Down);
        QCOMPARE(picture.place(), (HistoryPlace{0, 0}));
        // Bar to row, by mouse and by keys.
        const QList<HistoryBar> &bars = picture.bars();
        const auto at = std::ranges::find(bars, HistoryPlace{1, 0}, &HistoryBar::place);
        QVERIFY(at != bars.end());
        QTest::mouseClick(&picture, Qt::LeftButton, {}, picture.barRect(int(at - bars.begin())).center().toPoint());
        QCOMPARE(picture.place(), (HistoryPlace{1, 0}));
        QCOMPARE(side.tree()->currentIndex().data(AccessTreeModel::StableIdRole).toString(), u"i1/s0"_s);
        picture.setFocus();
        QTest::keyClick(&picture, Qt::Key_Left);
        QCOMPARE(picture.place(), (HistoryPlace{0, 1})); // under a condition
        QCOMPARE(side.tree()->currentIndex().data(AccessTreeModel::StableIdRole).toString(), u"i0/s1"_s);
        QVERIFY2(picture.accessibleDescription().contains(u"held only under a condition"_s), qPrintable(picture.accessibleDescription()));
        QTest::keyClick(&picture, Qt::Key_Home);
        QCOMPARE(picture.place(), (HistoryPlace{0, 0}));
        QTest::keyClick(&picture, Qt::Key_End);
        QCOMPARE(picture.place(), (HistoryPlace{1, 0}));
        QTest::keyClick(&picture, Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(QGuiApplication::clipboard()->text(), side.text(AccessChangesFormat::Text));
        QVERIFY(side.text(AccessChangesFormat::Text).startsWith(u"When Kim (user, kim) held authorization:grant:add\n"_s));
        QVERIFY(side.text(AccessChangesFormat::Markdown).contains(u"| Gained | Lost | Seen | Through |"_s));
    }

    void fromARowToTheTimelineAndToHolds()
    {
        openRange(8, 9);
        m_page->showHistory(u"kim"_s, u"authorization:grant:add"_s);
        HistorySide &side = m_page->history();
        QTRY_VERIFY_WITH_TIMEOUT(!side.summaryText().isEmpty(), patience);
        const QString held = m_session->timeline().at(5).id;
        side.picture()->setFocus();
        QTest::keyClick(side.picture(), Qt::Key_Home);
        QToolButton *asA = button(side, u"Show as A"_s);
        QVERIFY(asA && asA->isEnabled());
        QTest::mouseClick(asA, Qt::LeftButton);
        QCOMPARE(m_session->idA(), held);
        QCOMPARE(m_session->idB(), m_session->timeline().at(9).id); // it had room
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && settle(), patience);
        QVERIFY(!side.summaryText().isEmpty()); // the answer stays
        QTest::keyClick(side.picture(), Qt::Key_Return); // of this snapshot: it is A already
        QCOMPARE(m_page->side(), AccessPage::Holds);
        QCOMPARE(m_page->modeSwitch().current(), int(AccessPage::AsOfA));
        QTRY_COMPARE_WITH_TIMEOUT(m_page->tree().currentIndex().data(AccessTreeModel::PermissionRole).toString(),
                                  u"authorization:grant:add"_s, patience);
        // And from there back: when was this held?
        QTRY_VERIFY(m_page->whenButton().isVisible());
        QTest::mouseClick(&m_page->whenButton(), Qt::LeftButton);
        QCOMPARE(m_page->side(), AccessPage::History);
        QTRY_VERIFY_WITH_TIMEOUT(!side.summaryText().isEmpty(), patience);
        // The snapshot of another row as B: A makes room where it has to.
        side.showAs(false, m_session->timeline().at(3).id);
        QCOMPARE(m_session->idA(), m_session->timeline().at(2).id);
        QCOMPARE(m_session->idB(), m_session->timeline().at(3).id);
    }

    void fromWhoCan()
    {
        openRange(8, 9);
        m_page->setSide(AccessPage::WhoCan);
        WhoCanSide &who = m_page->whoCan();
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), patience);
        who.ask(u"authorization:grant:add"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!who.verdictText().isEmpty() && who.whenButton()->isVisible(), patience);
        who.askAbout(u"kim"_s);
        QTest::mouseClick(who.whenButton(), Qt::LeftButton);
        QCOMPARE(m_page->side(), AccessPage::History);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->history().summaryText().startsWith(u"Held over 2 intervals"_s), patience);
        // Of a pattern there is no one answer.
        m_page->setSide(AccessPage::WhoCan);
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), patience);
        who.ask(u"authorization:*:*"_s);
        QTRY_VERIFY(!who.whenButton()->isEnabled());
    }

    void historyWithoutAnAnswer_data()
    {
        QTest::addColumn<QString>("who");
        QTest::addColumn<QString>("permission");
        QTest::addColumn<QString>("expected");
        QTest::newRow("never held") << u"user-1"_s << u"authorization:grant:add"_s << u"Never held"_s;
        QTest::newRow("nobody of that name, ever") << u"Zaphod"_s << u"authorization:grant:add"_s << u"Not there in any snapshot"_s;
        QTest::newRow("a pattern") << u"kim"_s << u"authorization:grant:*"_s << u"Not a permission yet"_s;
        QTest::newRow("no permission") << u"kim"_s << QString() << u"When was it held?"_s;
    }
    void historyWithoutAnAnswer()
    {
        QFETCH(QString, who);
        QFETCH(QString, permission);
        QFETCH(QString, expected);
        openRange(8, 9);
        m_page->showHistory(who, permission);
        const HistorySide &side = m_page->history();
        if (expected == u"Never held") { // snapshots that could not tell are listed all the same
            QTRY_VERIFY2_WITH_TIMEOUT(side.summaryText().startsWith(u"Never held in a snapshot that tells, of 10 snapshots"_s),
                                      qPrintable(side.summaryText() + side.emptyText()), patience);
            return;
        }
        QTRY_VERIFY2_WITH_TIMEOUT(side.emptyText().startsWith(expected), qPrintable(side.emptyText()), patience);
        QVERIFY(!side.isBusy());
        QVERIFY(side.summaryText().isEmpty());
    }

    void somebodyWhoIsGoneIsNamed()
    {
        openRange(0, 1); // before there were any users
        m_page->setSide(AccessPage::History);
        HistorySide &side = m_page->history();
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && side.picker()->count() > 0, patience);
        side.question()->setText(u"authorization:grant:add"_s);
        choose(*side.picker(), u"Kim"_s);
        QTRY_VERIFY_WITH_TIMEOUT(side.summaryText().startsWith(u"Held over 2 intervals"_s), patience);
        QCOMPARE(side.picker()->lineEdit()->text(), u"Kim"_s);
    }

    void findingsOfTheRules()
    {
        openRange(5, 9);
        SegmentedSwitch &sides = m_page->sideSwitch();
        sides.setFocus();
        for (int i = 0; i < 4; ++i) {
            QTest::keyClick(&sides, Qt::Key_Right);
        }
        QCOMPARE(m_page->side(), AccessPage::Findings);
        FindingsSide &side = m_page->findings();
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy() && side.model().rowCount() > 0, patience);
        const QString rows = seenRows(*side.tree());
        QVERIFY2(rows.contains(u"Critical, "_s) && rows.contains(u"Critical, Can grant itself more rights, "_s), qPrintable(rows));
        QVERIFY2(rows.contains(u"What is not known, "_s), qPrintable(rows));
        QVERIFY(side.ruleText().contains(u"What to do: Take the right to grant away"_s));
        QVERIFY(side.ruleText().contains(u"What they hold today is no limit"_s));
        // A subject: how it holds it, and on to Holds.
        side.tree()->setFocus();
        while (side.tree()->currentIndex().data(AccessTreeModel::SubjectIdRole).toString() != u"kim") {
            const QModelIndex before = side.tree()->currentIndex();
            QTest::keyClick(side.tree(), Qt::Key_Right);
            if (side.tree()->currentIndex() == before) {
                QTest::keyClick(side.tree(), Qt::Key_Down);
            }
            QVERIFY(side.tree()->currentIndex() != before || side.tree()->isExpanded(before));
        }
        QVERIFY(side.graph()->isVisible());
        QTest::keyClick(side.tree(), Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(QGuiApplication::clipboard()->text().toUtf8(), side.text(FindingsFormat::Markdown));
        // The same document as the command line's.
        const Test::Run run = Test::runCtl(m_store.folder(), {u"access"_s, u"check"_s, u"--at"_s, m_session->idB(), u"--json"_s});
        QVERIFY2(run.status == 0 || run.status == 4, run.err.constData());
        QCOMPARE(QString::fromUtf8(side.text(FindingsFormat::Json)).trimmed(), QString::fromUtf8(run.out).trimmed());
        QTemporaryDir folder;
        QSignalSpy written(&side, &FindingsSide::findingsWritten);
        side.save(FindingsFormat::Csv, folder.filePath(u"findings.csv"_s));
        QTRY_COMPARE(written.size(), 1);
        QFile file(folder.filePath(u"findings.csv"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), side.text(FindingsFormat::Csv));
        side.save(FindingsFormat::Csv, folder.filePath(u"no/such/folder.csv"_s));
        QTRY_COMPARE(written.size(), 2);
        QVERIFY(side.summaryText().contains(u"could not be written"_s));

        QTest::keyClick(side.tree(), Qt::Key_Return);
        QTRY_COMPARE(m_page->side(), AccessPage::Holds);
        QTRY_COMPARE_WITH_TIMEOUT(m_page->picker().chosen(), u"kim"_s, patience);
    }

    void findingsAreFiltered()
    {
        openFindings();
        FindingsSide &side = m_page->findings();
        side.filterField()->setFocus();
        QTest::keyClicks(side.filterField(), u"risk:critical kim"_s);
        QTRY_VERIFY2(side.summaryText().startsWith(u"1 finding · 1 critical · 1 subject"_s), qPrintable(side.summaryText()));
        QVERIFY2(seenRows(*side.tree()).contains(u"    Kim, user"_s), qPrintable(seenRows(*side.tree())));
        side.filterField()->selectAll();
        QTest::keyClicks(side.filterField(), u"zebra"_s);
        QTRY_COMPARE(side.summaryText(), u"No finding fits the filter."_s);
        side.filterField()->hideOffer();
        QTest::keyClick(side.filterField(), Qt::Key_Escape);
        QTRY_VERIFY(!side.summaryText().startsWith(u"1 finding"_s) && side.summaryText().contains(u"as of B"_s));
    }

    void aMistakeInTheRulesIsToldInPlace()
    {
        writeRules("version = 1\n\n[[rule]]\nid = \"x\"\ntitle = \"X\"\nkind = \"nonsense\"\nseverity = \"low\"\nadvice = \"-\"\n");
        openFindings();
        FindingsSide &side = m_page->findings();
        const QString said = side.emptyText();
        QVERIFY2(said.startsWith(u"A mistake in the access rules"_s), qPrintable(said));
        QVERIFY2(said.contains(u"access.toml:6"_s) && said.contains(u"there is no kind \"nonsense\"; use "_s), qPrintable(said));
        QVERIFY(side.againButton()->isVisible());
        // Put right: a shipped rule is switched off, and said to be.
        writeRules("version = 1\n\n[[rule]]\nid = \"can-grant-itself\"\nenabled = false\n");
        QTest::mouseClick(side.againButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(side.model().rowCount() > 0, patience);
        const QString rows = seenRows(*side.tree());
        QVERIFY2(rows.contains(u"Switched off in this store, 1 shipped rule"_s), qPrintable(rows));
        QVERIFY(!rows.contains(u"Can grant itself more rights, "_s));
        QVERIFY(!side.againButton()->isVisible());
    }

    void withoutSettingsNothingCanBeAsked()
    {
        openFindings();
        // The small store's organisation has settings, but nobody ever gave a secret: it says so, and asks nobody.
        CrossCheckPanel &panel = *m_page->findings().crossCheck();
        QVERIFY(panel.askButton()->isEnabled());
        QVERIFY(panel.words().contains(u"Nothing is asked before you do"_s));
        QTest::mouseClick(panel.askButton(), Qt::LeftButton);
        QTRY_VERIFY2_WITH_TIMEOUT(panel.words().startsWith(u"The platform could not be asked."_s), qPrintable(panel.words()), patience);
        QVERIFY(panel.askButton()->isVisible() && !panel.cancelButton()->isVisible());
        QVERIFY(!panel.result());
    }

    void theCrossCheckAsksTheSandbox();
    void noStepAboveSixteenMilliseconds();

private:
    [[nodiscard]] QString rulesFile() const { return m_store.folder() + u"/policies/access.toml"_s; }

    void writeRules(const QByteArray &toml)
    {
        QDir().mkpath(m_store.folder() + u"/policies"_s);
        QFile file(rulesFile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(toml);
    }

    static QToolButton *button(const QWidget &of, const QString &text)
    {
        for (QToolButton *one : of.findChildren<QToolButton *>()) {
            if (one->text() == text) {
                return one;
            }
        }
        return nullptr;
    }

    bool settle()
    {
        return QTest::qWaitFor(
            [this] {
                return m_session->isSettled() && !m_session->isOpening() && !m_session->isComputing()
                    && QThreadPool::globalInstance()->activeThreadCount() == 0;
            },
            patience);
    }

    void openRange(int a, int b)
    {
        m_session->openStore(m_store.folder());
        QVERIFY(settle());
        QCOMPARE(m_session->timeline().size(), 10);
        m_session->setRange(m_session->timeline().at(a).id, m_session->timeline().at(b).id);
        QVERIFY(settle());
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), patience);
    }

    void openFindings()
    {
        openRange(5, 6);
        m_session->setRange(m_session->timeline().at(5).id, m_session->timeline().at(9).id);
        m_page->setSide(AccessPage::Findings);
        QTRY_VERIFY_WITH_TIMEOUT(
            !m_page->isBusy() && (m_page->findings().model().rowCount() > 0 || !m_page->findings().emptyText().isEmpty()), patience);
    }

    static void choose(SubjectPicker &picker, const QString &name)
    {
        picker.lineEdit()->setFocus();
        picker.lineEdit()->selectAll();
        QTest::keyClicks(picker.lineEdit(), name);
        QTest::keyClick(picker.lineEdit(), Qt::Key_Return);
    }

    SmallStore m_store;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<AccessPage> m_page;
};

/// A capture of the simulated organisation, then the platform is asked about it: nothing before the click, progress, cancel, and what was changed since.
void TestWindowAccessHistory::theCrossCheckAsksTheSandbox()
{
    ManualClock clock;
    QTemporaryDir folder;
    const auto credentials = Credentials::memoryStore();
    Sandbox::Settings settings;
    settings.users = 80;
    Sandbox::Server sandbox(settings);
    QVERIFY(sandbox.listen());
    sandbox.moveTo(QDateTime(QDate(2026, 10, 17), QTime(0, 0), QTimeZone::UTC));
    clock.setNowUtc(sandbox.nowUtc());
    const QString store = folder.filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *credentials)));
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = sandbox.baseUrl().toString();
    organisation.clientId = settings.clientId;
    organisation.grant = u"client"_s;
    {
        const auto workspace = Operations::Workspace::open(store, clock, *credentials);
        QVERIFY(workspace);
        QByteArray secret = settings.clientSecret.toUtf8();
        const auto added = QCoro::waitFor((*workspace)->addOrganisation(organisation, Credentials::Secret::take(secret)));
        QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
        const auto captured = QCoro::waitFor((*workspace)->capture(u"nw"_s, {}, {}, {}));
        QVERIFY2(captured, captured ? "" : qPrintable(captured.error().detail));
    }
    Session session(clock, *credentials);
    SystemClock wall;
    MainWindow window(session, wall);
    window.resize(1440, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    session.openStore(store);
    QTRY_COMPARE_WITH_TIMEOUT(session.timeline().size(), 1, patience);
    QTRY_VERIFY_WITH_TIMEOUT(session.isSettled(), patience);
    window.showTab(MainWindow::Tab::Access);
    AccessPage &page = window.access();
    page.setSide(AccessPage::Findings);
    FindingsSide &side = page.findings();
    QTRY_VERIFY_WITH_TIMEOUT(!page.isBusy() && side.model().rowCount() > 0, patience);
    CrossCheckPanel &panel = *side.crossCheck();
    QVERIFY(!panel.result());

    // All agree, so long as nothing was changed.
    panel.sample()->setValue(10);
    QTest::mouseClick(panel.askButton(), Qt::LeftButton);
    QVERIFY(panel.cancelButton()->isVisible() && !panel.askButton()->isVisible());
    QTRY_VERIFY2_WITH_TIMEOUT(panel.words().contains(u"users asked about · 10 agree · 0 disagree. By the snapshot of 17 Oct 2026"_s),
                              qPrintable(panel.words()), patience);
    QVERIFY(panel.result());
    QCOMPARE(panel.result()->check.asked, 10);
    QVERIFY(panel.result()->check.users >= 80);
    QTRY_VERIFY_WITH_TIMEOUT(!page.isBusy(), patience);
    QVERIFY(!seenRows(*side.tree()).contains(u"The platform and the snapshot disagree"_s));

    // Cancelled: nothing is kept of it.
    panel.sample()->setValue(0); // all
    QTest::mouseClick(panel.askButton(), Qt::LeftButton);
    QTest::mouseClick(panel.cancelButton(), Qt::LeftButton);
    QTRY_VERIFY2_WITH_TIMEOUT(panel.words().startsWith(u"Cancelled, as you asked."_s), qPrintable(panel.words()), patience);

    // The incident happened since: those whom it gave rights disagree, as findings of their own.
    sandbox.moveTo(QDateTime(QDate(2026, 10, 18), QTime(12, 0), QTimeZone::UTC));
    auto *app = static_cast<WatchedApplication *>(QCoreApplication::instance());
    app->startWatching();
    app->step = u"cross-check"_s;
    QTest::mouseClick(panel.askButton(), Qt::LeftButton);
    QTRY_VERIFY2_WITH_TIMEOUT(panel.result()->check.asked >= 80 && panel.askButton()->isVisible(), qPrintable(panel.words()), patience);
    QCOMPARE(panel.result()->check.asked, panel.result()->check.users);
    QTRY_VERIFY_WITH_TIMEOUT(!page.isBusy(), patience);
    app->isWatching = false;
    QVERIFY2(panel.words().contains(u"what was changed since disagrees, too"_s), qPrintable(panel.words()));
    const QString rows = seenRows(*side.tree());
    QVERIFY2(rows.contains(u"High, The platform and the snapshot disagree, "_s), qPrintable(rows));
    QVERIFY2(rows.contains(u"contractor-"_s), qPrintable(rows));

    for (auto it = app->slowest.cbegin(); it != app->slowest.cend(); ++it) {
        qInfo("%s: %.1f ms of processor time in %s", qUtf8Printable(it.key()), it->ms, qUtf8Printable(it->what));
    }

    const CrossCheckedPtr everybody = panel.result();

    // Refused: said with what to do; what was found out before stays.
    sandbox.addFault({.path = u"/api/v2/users/"_s, .status = 403, .behaviour = {}, .body = {}, .skip = 0, .count = -1, .retryAfter = {}});
    panel.sample()->setValue(5);
    QTest::mouseClick(panel.askButton(), Qt::LeftButton);
    QTRY_VERIFY2_WITH_TIMEOUT(panel.words().contains(u"4 not asked"_s), qPrintable(panel.words()), patience);
    QTRY_VERIFY_WITH_TIMEOUT(!page.isBusy(), patience);
    QVERIFY2(seenRows(*side.tree()).contains(u"Not compared with the platform, 5"_s), qPrintable(seenRows(*side.tree())));

    // One snapshot only, and a permission that no snapshot knows.
    QVERIFY(!everybody->check.disagreements.isEmpty());
    const QString who = everybody->check.disagreements.first().subject.id;
    page.showHistory(who, u"no:such:thing"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(page.history().emptyText().startsWith(u"No snapshot knows this permission"_s),
                              qPrintable(page.history().emptyText()), patience);
    page.showHistory(who, u"routing:queue:view"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(page.history().summaryText().contains(u"in 1 snapshot"_s)
                                  || page.history().summaryText().contains(u"of 1 snapshot"_s),
                              qPrintable(page.history().summaryText()), patience);

    session.closeStore();
    QTRY_VERIFY(!panel.result()); // of another store, or none
    QVERIFY(!panel.askButton()->isEnabled());
}

/// No step of the GUI thread above 16 ms: ten thousand people, and a picture of a thousand snapshots.
void TestWindowAccessHistory::noStepAboveSixteenMilliseconds()
{
    SmallStore big;
    QVERIFY(big.make());
    addDay(big, {.day = 6, .people = 10'000});
    m_session->openStore(big.folder());
    QVERIFY(settle());
    m_session->setRange(m_session->timeline().at(4).id, m_session->timeline().at(5).id);
    QVERIFY(settle());
    auto *app = static_cast<WatchedApplication *>(QCoreApplication::instance());
    app->startWatching();
    const auto step = [&](const char *name, auto what, auto isDone) {
        app->step = QString::fromLatin1(name);
        QMetaObject::invokeMethod(m_page.get(), what, Qt::QueuedConnection);
        QCoreApplication::processEvents();
        QVERIFY2(QTest::qWaitFor(isDone, patience), name);
        QVERIFY(settle());
    };
    AccessPage &page = *m_page;
    step(
        "history", [&] { page.setSide(AccessPage::History); },
        [&] { return !page.isBusy() && page.history().picker()->count() >= 10'000; });
    step(
        "asked", [&] { page.history().ask(u"kim"_s, u"authorization:grant:add"_s); },
        [&] { return !page.history().summaryText().isEmpty(); });
    step("findings", [&] { page.setSide(AccessPage::Findings); }, [&] { return !page.isBusy() && page.findings().model().rowCount() > 0; });
    step("filter", [&] { page.findings().filterField()->setText(u"person"_s); }, [&] { return !page.isBusy(); });

    auto many = std::make_shared<Access::PermissionHistory>();
    many->subject = {u"kim"_s, u"Kim"_s, Access::SubjectKind::User};
    many->permission = u"authorization:grant:add"_s;
    for (int i = 0; i < 1'000; ++i) {
        Access::Sighting seen;
        seen.snapshot = u"s%1"_s.arg(i);
        seen.observedUtc = seen.fromUtc = seen.toUtc = QDateTime(QDate(2026, 1, 1), QTime(0, 0), QTimeZone::UTC).addSecs(i * 3600LL);
        seen.state = i % 7 == 3 ? Access::Sighting::State::NotSeen
            : i % 2             ? Access::Sighting::State::Held
                                : Access::Sighting::State::NotHeld;
        many->sightings.append(seen);
    }
    many->intervals = Access::heldIntervals(many->sightings);
    HistoryPicture picture;
    picture.resize(900, 160);
    step(
        "a thousand snapshots",
        [&] {
            picture.setHistory(many);
            picture.show();
            picture.update();
        },
        [&] { return picture.isVisible(); });
    step("a bar", [&] { picture.setPlace({200, 0}); }, [&] { return picture.place().interval == 200; });
    QTest::keyClick(&picture, Qt::Key_Right);
    QVERIFY(picture.place().interval > 200);
    app->isWatching = false;
    for (auto it = app->slowest.cbegin(); it != app->slowest.cend(); ++it) {
        qInfo("%s: %.1f ms of processor time in %s", qUtf8Printable(it.key()), it->ms, qUtf8Printable(it->what));
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    for (auto it = app->slowest.cbegin(); it != app->slowest.cend(); ++it) {
        QVERIFY2(it->ms <= 16, qPrintable(it.key() + u": "_s + it->what));
    }
#endif
}

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestWindowAccessHistory test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowaccesshistory.moc"
