#include "access/accessdelegate.h"
#include "access/accesspage.h"
#include "access/accesstreemodel.h"
#include "access/changesside.h"
#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "access/whocanside.h"
#include "changes/filterfield.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QTableView>
#include <QThreadPool>

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

/// One more snapshot of a small store: people come in, all but the last two into the group that holds Master Admin; the first also holds Agent in North.
void addPeople(SmallStore &store, int people)
{
    QTemporaryDir source;
    QByteArray users, members;
    for (int i = 0; i < people; ++i) {
        const QByteArray id = "user-" + QByteArray::number(i);
        users += (i ? ",\n" : "") + QByteArray("{\"id\": \"") + id + "\", \"name\": \"Person " + QByteArray::number(1000 + i) + "\"}";
        if (i < people - 2) {
            members += (i ? "," : "") + QByteArray("{\"id\": \"") + id + "\"}";
        }
    }
    const QString folder = source.path();
    put(folder, u"organization"_s, "{\"id\": \"11111111-1111-4111-8111-111111111111\", \"name\": \"Testland\"}");
    put(folder, u"users"_s, "[" + users + "]");
    put(folder, u"groups"_s, "[{\"id\": \"group-1\", \"name\": \"Contractors\"}, {\"id\": \"group-2\", \"name\": \"Night shift\"}]");
    put(folder, u"group_members"_s, "[{\"id\": \"group-1\", \"members\": [" + members + "]}, {\"id\": \"group-2\", \"members\": []}]");
    put(folder, u"divisions"_s, "[{\"id\": \"north\", \"name\": \"North\"}, {\"id\": \"south\", \"name\": \"South\"}]");
    // Without it nothing would say that divisions matter to a right.
    put(folder, u"permissions_catalogue"_s,
        R"([{"domain": "authorization", "permissionMap": {"grant": [{"action": "add", "divisionAware": true}, {"action": "view", "divisionAware": true}]}},)"
        R"( {"domain": "routing", "permissionMap": {"queue": [{"action": "view", "divisionAware": true}]}}])");
    put(folder, u"roles"_s,
        "[{\"id\": \"role-1\", \"name\": \"Agent\", \"permissionPolicies\": [{\"domain\": \"routing\", \"entityName\": \"queue\", "
        "\"actionSet\": "
        "[\"view\"]}]}, {\"id\": \"role-2\", \"name\": \"Master Admin\", \"permissionPolicies\": [{\"domain\": \"authorization\", "
        "\"entityName\": "
        "\"grant\", \"actionSet\": [\"add\", \"view\"]}]}]");
    put(folder, u"grants"_s,
        "[{\"id\": \"group-1\", \"type\": \"PC_GROUP\", \"grants\": [{\"role\": \"role-2\", \"division\": \"*\"}]},"
        " {\"id\": \"user-0\", \"type\": \"PC_USER\", \"grants\": [{\"role\": \"role-1\", \"division\": \"north\"}]}]");
    Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(store.folder(), store.clock, *store.credentials);
    QVERIFY(workspace);
    const QDateTime at(QDate(2026, 10, 6), QTime(6, 0), QTimeZone::UTC);
    const Result<Capture::Outcome> outcome = QCoro::waitFor((*workspace)->importFolder(folder, u"testland"_s, at, {}));
    QVERIFY2(outcome.has_value(), outcome ? "" : qPrintable(outcome.error().detail));
}

/// What is seen of a tree: text, note, chips; two blanks a level; only rows that are open.
QString seen(const QTreeView &tree, const QModelIndex &parent = {}, int depth = 0)
{
    QString out;
    const QAbstractItemModel &model = *tree.model();
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        out += QString(depth * 2, u' ') + index.data(Qt::AccessibleTextRole).toString() + u'\n';
        if (tree.isExpanded(index)) {
            out += seen(tree, index, depth + 1);
        }
    }
    return out;
}

} // namespace

/// The access view in a real window, by mouse and keys.
class TestWindowAccess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        for (SmallStore *store : {&m_store, &m_big}) {
            const Result<void> made = store->make();
            QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
        }
        addPeople(m_store, 12);
        addPeople(m_big, 10'000);
    }

    void init()
    {
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

    void withoutAStoreItSaysWhatToDo()
    {
        for (const AccessPage::Side side :
             {AccessPage::Holds, AccessPage::WhoCan, AccessPage::Changes, AccessPage::History, AccessPage::Findings}) {
            m_page->setSide(side);
            const auto labels = m_page->findChildren<QLabel *>();
            QVERIFY(std::ranges::any_of(
                labels, [](const QLabel *label) { return label->isVisible() && label->text().contains(u"Open a store"_s); }));
        }
    }

    void aSubjectWithItsPaths()
    {
        openRange(4, 5);
        m_page->showSubject(u"user-0"_s);
        QTRY_COMPARE(seen(m_page->tree()),
                     u"authorization, 1 entity · high risk, group\n"
                     "  grant, 2 actions · high risk, group\n"
                     "    add, high risk, group\n"
                     "    view, group\n"
                     "routing, 1 entity, direct\n"
                     "  queue, 1 action, direct\n"
                     "    view, direct\n"_s);
        QVERIFY(m_page->summary().text().contains(u"1 of high risk"_s));
        AccessTree &tree = m_page->tree();
        tree.setFocus();
        QCOMPARE(tree.currentIndex().data(AccessTreeModel::PermissionRole).toString(), u"authorization:grant:add"_s);
        QTest::keyClick(&tree, Qt::Key_Right); // opens its paths
        QVERIFY2(seen(tree).contains(u"      group Contractors → Master Admin · all divisions → authorization:grant:add\n"_s),
                 qPrintable(seen(tree)));
        QTest::keyClick(&tree, Qt::Key_Down);
        QVERIFY(m_page->graph().isVisible()); // a path still shows how
        // Only high-risk, by mouse.
        QTest::mouseClick(&m_page->onlyHighRisk(), Qt::LeftButton, {}, QPoint(8, m_page->onlyHighRisk().height() / 2));
        QVERIFY(m_page->onlyHighRisk().isChecked());
        QTRY_VERIFY(!seen(tree).contains(u"routing"_s) && seen(tree).contains(u"add"_s));
        QTest::keyClick(&m_page->onlyHighRisk(), Qt::Key_Space);
        QTRY_VERIFY(seen(tree).contains(u"routing"_s));
        // Another division: what is held in North only goes, all divisions stay.
        m_page->divisionBox().setFocus();
        QTest::keyClicks(&m_page->divisionBox(), u"South"_s);
        QTRY_VERIFY(!seen(tree).contains(u"routing"_s) && seen(tree).contains(u"grant"_s));
    }

    void filterWithCompletion()
    {
        openRange(4, 5);
        m_page->showSubject(u"user-0"_s);
        QTRY_VERIFY(seen(m_page->tree()).contains(u"routing"_s));
        FilterField &field = m_page->filterField();
        field.setFocus();
        QTest::keyClicks(&field, u"rol"_s);
        QVERIFY(field.isOffering());
        QTest::keyClick(&field, Qt::Key_Tab);
        QCOMPARE(field.text(), u"role:"_s);
        QTest::keyClicks(&field, u"mas"_s);
        QVERIFY(field.isOffering());
        QTest::keyClick(&field, Qt::Key_Tab);
        QCOMPARE(field.text(), u"role:\"Master Admin\" "_s);
        QTRY_VERIFY(!seen(m_page->tree()).contains(u"routing"_s));
        QTest::keyClick(&field, Qt::Key_Escape);
        QTRY_VERIFY(seen(m_page->tree()).contains(u"routing"_s));
        QTest::keyClicks(&field, u"-how:direct"_s);
        QTRY_VERIFY(!seen(m_page->tree()).contains(u"routing"_s));
        field.hideOffer();
        QTest::keyClick(&field, Qt::Key_Down);
        QVERIFY(m_page->tree().hasFocus());
        field.setText(u"zebra"_s);
        QTRY_VERIFY(m_page->emptyState().isVisible() && m_page->emptyState().text().contains(u"fits the filter"_s));
    }

    void theOtherWayRound()
    {
        openRange(4, 5);
        SegmentedSwitch &start = m_page->startSwitch();
        start.setFocus();
        QTest::keyClick(&start, Qt::Key_Right);
        QCOMPARE(start.current(), int(AccessPage::FromRole));
        QTRY_VERIFY(seen(m_page->tree()).contains(u"Who holds it"_s));
        choose(u"Master Admin"_s);
        QTRY_COMPARE(seen(m_page->tree()),
                     u"Who holds it, 10 users and clients\n"
                     "  Contractors, group · all divisions · 10 members, group\n"
                     "What it allows, 2 permissions\n"
                     "  authorization, 2 permissions · high risk\n"_s);
        AccessTree &tree = m_page->tree();
        tree.setFocus();
        QTest::keyClick(&tree, Qt::Key_Down);
        QTest::keyClick(&tree, Qt::Key_Right); // its members
        QVERIFY(seen(tree).contains(u"    Person 1000, user\n"_s));
        QTest::keyClick(&tree, Qt::Key_Down);
        QTRY_VERIFY(m_page->graph().isVisible());
        QVERIFY2(m_page->graph().text().contains(u"Person 1000 → group Contractors → Master Admin"_s), qPrintable(m_page->graph().text()));
        // A group: by mouse, the fourth segment.
        QTest::mouseClick(&start, Qt::LeftButton, {}, QPoint(start.width() - start.fontMetrics().horizontalAdvance(u"Division"_s) - 40, 8));
        QCOMPARE(start.current(), int(AccessPage::FromGroup));
        QTRY_COMPARE(seen(m_page->tree()).section(u'\n', 0, 1),
                     u"What it gives them, 1 role\n  Master Admin, 2 permissions · all divisions · high risk"_s);
        // A division.
        start.setFocus();
        QTest::keyClick(&start, Qt::Key_Right);
        QTRY_VERIFY(seen(m_page->tree()).contains(u"  Agent, 1 user or client · granted here\n"_s));
        QVERIFY(seen(m_page->tree()).contains(u"  Master Admin, 10 users and clients · by grants in all divisions · high risk\n"_s));
        QVERIFY(!m_page->divisionBox().isVisible());
        // A permission: and Enter on somebody shows what they hold.
        m_page->setStart(AccessPage::FromPermission, u"routing:queue:view"_s);
        QTRY_COMPARE(seen(m_page->tree()), u"Agent, 1 user or client\n  Person 1000, user · North, direct\n"_s);
        m_page->tree().setFocus();
        QTest::keyClick(&m_page->tree(), Qt::Key_Down);
        QTest::keyClick(&m_page->tree(), Qt::Key_Return);
        QCOMPARE(start.current(), int(AccessPage::FromSubject));
        QTRY_COMPARE(m_page->tree().currentIndex().data(AccessTreeModel::PermissionRole).toString(), u"routing:queue:view"_s);
        QCOMPARE(m_page->picker().chosen(), u"user-0"_s);
    }

    void whoCanAndCouldThey()
    {
        openRange(4, 5);
        m_page->sideSwitch().setFocus();
        QTest::keyClick(&m_page->sideSwitch(), Qt::Key_Right);
        WhoCanSide &side = m_page->whoCan();
        QTRY_VERIFY(side.isVisible());
        side.question()->setFocus();
        QTest::keyClicks(side.question(), u"authorization:grant:a"_s);
        QTest::keyClicks(side.question(), u"dd"_s);
        QTest::keyClick(side.question(), Qt::Key_Return);
        QTRY_VERIFY2(side.titleText().contains(u"authorization:grant:add (anywhere, as of B) · 11"_s), qPrintable(side.titleText()));
        QCOMPARE(side.table()->model()->rowCount(), 11); // ten people and the group
        QTRY_VERIFY2(side.verdictText().startsWith(u"Yes: Person 1000 could authorization:grant:add."_s), qPrintable(side.verdictText()));
        QVERIFY(side.graph()->text().contains(u"group Contractors → Master Admin · all divisions"_s));
        // The nearest miss: held in North, asked for in South.
        side.ask(u"routing:queue:view"_s, u"south"_s);
        QTRY_VERIFY(side.titleText().contains(u"South"_s) && side.titleText().endsWith(u"· 0"_s));
        side.askAbout(u"user-0"_s);
        QTRY_VERIFY2(side.verdictText().contains(u"Nearest: held, but in other divisions"_s), qPrintable(side.verdictText()));
        QVERIFY(side.verdictText().contains(u"Roles that allow it: Agent"_s));
        QVERIFY(side.graph()->text().contains(u"Agent · North"_s));
        // A pattern, a mistake.
        side.ask(u"authorization:*:*"_s);
        QTRY_VERIFY(side.titleText().contains(u"authorization:*:*"_s) && side.table()->model()->rowCount() == 11);
        side.ask(u"nonsense"_s);
        QTRY_VERIFY(!side.table()->isVisible());
    }

    void changesFromAToB()
    {
        openRange(4, 5);
        m_page->setSide(AccessPage::Changes);
        ChangesSide &side = m_page->changes();
        QTRY_VERIFY(side.model().rowCount() > 0);
        const QString text = side.text(AccessChangesFormat::Text);
        QVERIFY2(
            text.contains(
                u"gained: authorization:grant:add, authorization:grant:view\n    before: –\n    after: group Contractors → Master Admin"_s),
            qPrintable(text));
        QVERIFY(side.text(AccessChangesFormat::Markdown).contains(u"| Subject | Change | Permissions | Before | After |"_s));
        // Every row has its column for the event, still empty.
        QCOMPARE(side.model().headerData(3, Qt::Horizontal).toString(), u"Event"_s);
        QCOMPARE(side.model().index(0, 3).data().toString(), u"–"_s);
        side.tree()->setFocus();
        QTest::keyClick(side.tree(), Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(QGuiApplication::clipboard()->text(), text);
        // Filter: only what was lost; nothing of high risk was, then all of it again.
        side.filterField()->setFocus();
        QTest::keyClicks(side.filterField(), u"1000 how:gained"_s);
        QTRY_COMPARE(side.model().index(0, 0).data().toString(), u"Person 1000"_s);
        side.filterField()->hideOffer();
        side.tree()->setFocus();
        side.tree()->setCurrentIndex(side.model().index(0, 0));
        QTest::keyClick(side.tree(), Qt::Key_Return);
        QTRY_COMPARE(m_page->side(), AccessPage::Holds);
        QCOMPARE(m_page->modeSwitch().current(), int(AccessPage::FromAToB));
        QTRY_COMPARE(m_page->picker().chosen(), u"user-0"_s);
    }

    void thePictureOfPaths()
    {
        openRange(4, 5);
        m_page->showSubject(u"user-0"_s);
        PathGraph &graph = m_page->graph();
        QTRY_VERIFY(graph.isVisible() && !graph.text().isEmpty());
        graph.setFocus();
        QTest::keyClick(&graph, Qt::Key_Right);
        QVERIFY(graph.currentCard() == std::pair(0, 0));
        QTest::keyClick(&graph, Qt::Key_Right);
        QVERIFY(graph.currentCard() == std::pair(0, 1));
        QCOMPARE(graph.cardText(0, 1), u"group, Contractors, group-1"_s);
        QTest::keyClick(&graph, Qt::Key_End);
        QTest::keyClick(&graph, Qt::Key_C, Qt::ControlModifier);
        const QMimeData *copied = QGuiApplication::clipboard()->mimeData();
        QVERIFY(copied->text().contains(u"Person 1000 → group Contractors"_s));
        QVERIFY(copied->hasImage());
        QVERIFY(copied->data(u"image/svg+xml"_s).contains("<svg"));
        QVERIFY(graph.svg().contains("Contractors"));
        QVERIFY(graph.image().width() >= 1000);
    }

    void everythingHasAName()
    {
        openRange(4, 5);
        for (const AccessPage::Side side :
             {AccessPage::Holds, AccessPage::WhoCan, AccessPage::Changes, AccessPage::History, AccessPage::Findings}) {
            m_page->setSide(side);
            QTRY_VERIFY(QThreadPool::globalInstance()->activeThreadCount() == 0);
            for (const auto widgets = m_page->findChildren<QWidget *>(); const QWidget *widget : widgets) {
                const bool isInside = qobject_cast<const QAbstractItemView *>(widget->parentWidget())
                    || qobject_cast<const QComboBox *>(widget->parentWidget());
                if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || isInside || widget->inherits("QScrollArea")
                    || widget->inherits("QLabel") || widget->inherits("QAbstractButton")
                    || qobject_cast<const QAbstractItemView *>(widget->window())) {
                    continue;
                }
                QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
            }
        }
    }

    /// No step of the GUI thread above 16 ms with ten thousand people.
    void tenThousandPeople()
    {
        m_session->openStore(m_big.folder());
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
        const auto &page = *m_page;
        step(
            "range", [&] { m_session->setRange(m_session->timeline().at(4).id, m_session->timeline().at(5).id); },
            [&] { return !page.isBusy(); });
        step("subject", [&] { m_page->showSubject(u"user-77"_s); }, [&] { return seen(page.tree()).contains(u"authorization"_s); });
        step("role", [&] { m_page->setStart(AccessPage::FromRole, u"role-2"_s); }, [&] { return seen(page.tree()).contains(u"9,998"_s); });
        step(
            "members", [&] { m_page->tree().expand(m_page->tree().model()->index(0, 0, m_page->tree().model()->index(0, 0))); },
            [&] { return true; });
        QVERIFY2(seen(page.tree()).contains(u"Person 1000 … Person 10180, 200 subjects"_s), qPrintable(seen(page.tree()).left(2000)));
        step(
            "division", [&] { m_page->setStart(AccessPage::FromDivision, u"north"_s); },
            [&] { return seen(page.tree()).contains(u"By subject"_s); });
        step("filter", [&] { m_page->filterField().setText(u"person 1077"_s); }, [&] { return !page.isBusy(); });
        step("filter cleared", [&] { m_page->filterField().clear(); }, [&] { return !page.isBusy(); });
        step("who can", [&] { m_page->setSide(AccessPage::WhoCan); }, [&] { return page.whoCan().isVisible(); });
        step(
            "asked", [&] { m_page->whoCan().ask(u"authorization:grant:*"_s); },
            [&] { return page.whoCan().table()->model()->rowCount() == 9'999; });
        step("changes", [&] { m_page->setSide(AccessPage::Changes); }, [&] { return m_page->changes().model().rowCount() > 10; });
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

private:
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
        QCOMPARE(m_session->timeline().size(), 6);
        m_session->setRange(m_session->timeline().at(a).id, m_session->timeline().at(b).id);
        QVERIFY(settle());
        QTRY_VERIFY_WITH_TIMEOUT(!m_page->isBusy(), patience);
    }

    void choose(const QString &name)
    {
        SubjectPicker &picker = m_page->picker();
        picker.lineEdit()->setFocus();
        picker.lineEdit()->selectAll();
        QTest::keyClicks(picker.lineEdit(), name);
        QTest::keyClick(picker.lineEdit(), Qt::Key_Return);
    }

    SmallStore m_store, m_big;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<AccessPage> m_page;
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestWindowAccess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowaccess.moc"
