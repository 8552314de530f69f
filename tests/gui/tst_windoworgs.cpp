#include "access/accesspage.h"
#include "diff/diffview.h"
#include "identity/identitypage.h"
#include "mainwindow/mainwindow.h"
#include "orgcompare/orgcomparepage.h"
#include "orgcompare/orgdiffpane.h"
#include "orgcompare/orgmatchpane.h"
#include "orgcompare/orgparts.h"
#include "orgcompare/twoorganisations.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QStandardPaths>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QTreeView>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {
constexpr int Patience = 90'000; // an upper bound for a loaded machine; nothing waits for it to pass
constexpr double LongestStepMs = 16;
constexpr int ManyUsers = 10'000;
} // namespace

/// Two organisations compared in a real window, by mouse and keyboard.
class TestWindowOrgs : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_store = std::make_unique<TwoOrganisations>();
        m_session.reset();
    }
    void cleanup()
    {
        m_window.reset();
        m_session.reset();
        m_store.reset();
    }

    void itIsOpenedByKeyAndLeftByEsc()
    {
        show();
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(page().isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(isShown(), Patience);
        QCOMPARE(page().organisationPicker(false)->currentText(), m_session->organisation().name);
        QVERIFY2(page().verdict().startsWith(u"4 differences · 3 not comparable"_s), qPrintable(page().verdict()));
        QCOMPARE(page().tabs()->tabText(0), u"Differences · 4"_s);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(!page().isVisible());
        const QList<QAction *> actions = m_window->findChild<QToolButton *>()->menu()->actions();
        const auto command
            = std::ranges::find_if(actions, [](const QAction *one) { return one->text().startsWith(u"Compare with another"_s); });
        QVERIFY(command != actions.end());
        (*command)->trigger();
        QVERIFY(page().isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(isShown(), Patience);
    }

    void withOneOrganisationItSaysWhatToDo()
    {
        SmallStore small;
        QVERIFY(small.make());
        m_session = std::make_unique<Session>(small.clock, *small.credentials);
        open(small.folder());
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(says(u"one organisation only, testland"_s), Patience);
        QVERIFY(says(u"orgtracectl import"_s));
        QVERIFY(!page().organisationPicker(false)->isEnabled() && !page().swapButton()->isEnabled() && !page().tabs()->isVisible());
        m_window.reset();
        m_session.reset();
    }

    void selectingOneShowsBothTexts()
    {
        show();
        compare();
        OrgDiffPane &pane = page().differences();
        const QModelIndex queue = find(u"Queue 1"_s);
        QVERIFY(queue.isValid());
        pane.tree()->scrollTo(queue);
        QTest::mouseClick(pane.tree()->viewport(), Qt::LeftButton, {}, pane.tree()->visualRect(queue).center());
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy() && pane.view()->document(), Patience);
        QCOMPARE(pane.view()->changeCount(), 1);
        QVERIFY2(pane.note().contains(u"Twins: "_s) && pane.note().contains(u"Ids on the left are shown as those of their twins"_s),
                 qPrintable(pane.note()));
        QTest::keyClick(pane.tree(), Qt::Key_Return); // opens its fields
        QTest::keyClick(pane.tree(), Qt::Key_Down);
        QVERIFY(pane.model().field(pane.tree()->currentIndex()));
        QTRY_COMPARE_WITH_TIMEOUT(pane.view()->currentPointer(), u"/description"_s, Patience);
        picture(u"selected"_s);

        QTest::keyClicks(pane.filter(), u"support"_s);
        QCOMPARE(pane.model().shownEntries(), 3);
        QTest::keyClick(pane.filter(), Qt::Key_Return);
        QTest::keyClick(pane.tree(), Qt::Key_C, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(QApplication::clipboard()->text().contains(u"several of the same name"_s), Patience);
        QVERIFY(!QApplication::clipboard()->text().contains(u"Queue 1"_s)); // what is shown
        QTRY_VERIFY(page().verdict().startsWith(u"4 differences"_s) && page().verdict().endsWith(u"3 differences copied."_s));
        pane.filter()->setFocus();
        QTest::keyClick(pane.filter(), Qt::Key_Escape); // empties it first
        QVERIFY(page().isVisible() && pane.filter()->text().isEmpty());
        QTest::keyClick(pane.filter(), Qt::Key_Down);
        QVERIFY(pane.tree()->hasFocus());
    }

    void aTwinIsChosenByKeyboard()
    {
        show();
        compare();
        toMatching();
        OrgMatchPane &pane = page().matching();
        QTest::keyClicks(pane.filter(), u"left-0201"_s);
        QCOMPARE(pane.model().rowCount(), 1);
        QTest::keyClick(pane.filter(), Qt::Key_Return);
        QTest::keyClick(pane.table(), Qt::Key_Return);
        QVERIFY(pane.twinField()->hasFocus());
        QCOMPARE(pane.candidates()->currentItem()->text(), u"Support"_s);
        picture(u"twins"_s);
        QTest::keyClicks(pane.twinField(), u"legacy"_s);
        QCOMPARE(pane.candidates()->count(), 1);
        QTest::keyClick(pane.twinField(), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QCOMPARE(page().corrections().size(), 1);
        QCOMPARE(cell(0, OrgMatchModel::HowColumn), u"by hand"_s);
        picture(u"corrected"_s);
        QCOMPARE(cell(0, OrgMatchModel::RightColumn), u"Legacy"_s);
        const Result<KeptCorrections> kept = loadCorrections(m_store->folder(), leftId(), rightId());
        QVERIFY(kept && kept->corrections.size() == 1);
        QCOMPARE(kept->corrections.constFirst().right, u"queue-right-0100"_s);
        // The two that are left are alone with their name now.
        pane.filter()->clear();
        pane.chips()->setCurrent(int(OrgMatchModel::Kind::Ambiguous));
        QCOMPARE(pane.model().rowCount(), 0);
        pane.chips()->setCurrent(0);

        QTest::keyClick(pane.table(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy() && page().corrections().isEmpty(), Patience);
        QVERIFY(loadCorrections(m_store->folder(), leftId(), rightId())->corrections.isEmpty());
        QVERIFY(page().verdict().contains(u"3 ambiguous"_s));
        QTest::keyClick(pane.table(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy() && page().corrections().size() == 1, Patience);
    }

    void aMatchIsTakenApartByMouse()
    {
        show();
        compare();
        toMatching();
        OrgMatchPane &pane = page().matching();
        const int row = pane.model().rowOf(u"queues"_s, u"queue-left-0003"_s, {});
        pane.table()->scrollTo(pane.model().index(row, 0));
        QTest::mouseClick(pane.table()->viewport(), Qt::LeftButton, {}, pane.table()->visualRect(pane.model().index(row, 1)).center());
        press(u"No twin"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QCOMPARE(page().corrections().size(), 2); // one for each
        QCOMPARE(page().tabs()->tabText(0), u"Differences · 6"_s);
        QCOMPARE(pane.model().line(pane.table()->currentIndex().row())->left, u"queue-left-0003"_s); // stays where it was
        press(u"As found"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QCOMPARE(page().corrections().size(), 1); // the other one still has none
    }

    void correctionsAreReadNextTimeAndTurnedAround()
    {
        show();
        QVERIFY(saveCorrections(m_store->folder(), leftId(), rightId(), {{u"queues"_s, u"queue-left-0100"_s, u"queue-right-0100"_s}}));
        compare();
        if (page().organisationPicker(false)->currentText() == u"prodland"_s) {
            QTest::mouseClick(page().swapButton(), Qt::LeftButton);
            QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        }
        QCOMPARE(page().corrections().size(), 1);
        QVERIFY(page().comparison()->leftName == u"testland"_s);
        QTest::mouseClick(page().swapButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QCOMPARE(page().comparison()->leftName, u"prodland"_s);
        QCOMPARE(page().corrections().constFirst().left, u"queue-right-0100"_s);
        page().organisationPicker(false)->setCurrentIndex(page().organisationPicker(true)->currentIndex());
        QVERIFY(says(u"the same organisation"_s));
    }

    void nothingIsUndoneBetweenAnOrganisationAndItself()
    {
        show();
        compare();
        toMatching();
        page().matching().selectEntity(u"queues"_s, u"queue-left-0003"_s, {});
        QTest::keyClick(page().matching().table(), Qt::Key_Delete);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy() && page().corrections().size() == 2, Patience);
        page().organisationPicker(false)->setCurrentIndex(page().organisationPicker(true)->currentIndex());
        QCOMPARE(page().state(), OrgComparePage::State::Empty);
        page().setFocus();
        QTest::keyClick(&page(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        QCOMPARE(page().state(), OrgComparePage::State::Empty);
        QVERIFY(says(u"the same organisation"_s));
        QCOMPARE(QDir(m_store->folder() + u"/matching"_s).entryList(QDir::Files).size(), 1);
        QCOMPARE(loadCorrections(m_store->folder(), leftId(), rightId())->corrections.size(), 2);
    }

    void aFieldOfTheLeftIsShownOnTheLeft()
    {
        show(0, true);
        compare();
        OrgDiffPane &pane = page().differences();
        const QModelIndex queue = find(u"Queue 1"_s);
        QVERIFY(queue.isValid());
        pane.tree()->setCurrentIndex(queue);
        pane.tree()->expand(queue);
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy() && pane.view()->document(), Patience);
        QModelIndex gone;
        for (int row = 0; row < pane.model().rowCount(queue); ++row) {
            const QModelIndex at = pane.model().index(row, 0, queue);
            gone = pane.model().field(at)->kind == Compare::FieldKind::Removed ? at : gone;
        }
        QVERIFY(gone.isValid());
        QCOMPARE(pane.model().field(gone)->pointer, u"/labels/1"_s); // on the right, another one stands there
        pane.tree()->setCurrentIndex(gone);
        QCOMPARE(pane.view()->currentSide(), Side::Left);
        QCOMPARE(pane.view()->currentPointer(), u"/labels/1"_s);
        // The same, where the texts are read only now.
        pane.tree()->setCurrentIndex(find(u"Pilot"_s));
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        pane.tree()->setCurrentIndex(gone);
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        QCOMPARE(pane.view()->currentSide(), Side::Left);
    }

    void whatDiffersAndIsNotComparableIsToldAsEither()
    {
        show(0, true);
        compare();
        OrgDiffPane &pane = page().differences();
        pane.tree()->setCurrentIndex(find(u"Queue 1"_s));
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        QVERIFY2(!pane.note().contains(u"Not comparable"_s), qPrintable(pane.note()));
        const QModelIndex vague = find(u"Queues › Queue 1"_s);
        QVERIFY(vague.isValid());
        pane.tree()->setCurrentIndex(vague);
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        QVERIFY2(pane.note().contains(u"Not comparable: names something"_s), qPrintable(pane.note()));
    }

    void whatCouldNotBeComparedAnewIsSaidToBeOld()
    {
        show();
        compare();
        QVERIFY(QDir().rename(m_store->folder(), m_store->folder() + u"-away"_s));
        press(u"Compare again"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        QVERIFY2(page().verdict().contains(u"Shown is what was compared before"_s), qPrintable(page().verdict()));
        QVERIFY(QDir().rename(m_store->folder() + u"-away"_s, m_store->folder()));
    }

    void aSnapshotThatComesMeanwhileIsOffered()
    {
        show();
        compare();
        QCOMPARE(page().snapshotPicker(false)->count(), 1);
        const QString source = QDir(m_store->folder()).filePath(u"../testland"_s);
        const QDateTime at(QDate(2026, 10, 3), QTime(6, 0), QTimeZone::UTC);
        QVERIFY(QCoro::waitFor(m_session->sharedWorkspace()->importFolder(source, u"testland"_s, at, {})));
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        press(u"Compare again"_s);
        QVERIFY(page().isBusy());
        Q_EMIT m_session->timelineChanged();
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy() && page().snapshotPicker(false)->count() == 2, Patience);
    }

    void anotherPageIsLeftForIt()
    {
        show();
        QTest::keyClick(m_window.get(), Qt::Key_I, Qt::ControlModifier);
        QVERIFY(m_window->identity().isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(page().isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
        QVERIFY(!page().isVisible());
        QVERIFY(m_window->access().isVisible());
    }

    void aHostileFileIsRefused()
    {
        show();
        const QString path = matchingFilePath(m_store->folder(), leftId(), rightId());
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"version\": 1, \"match\": [{\"domain\": 7}]}");
        file.close();
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(page().state(), OrgComparePage::State::Failed, Patience);
        QVERIFY(says(u"Nothing was compared"_s) && says(u"take it away to begin anew"_s) && says(QFileInfo(path).fileName()));
        QVERIFY(QFile::remove(path));
        press(u"Compare again"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isShown(), Patience);
    }

    void tenThousandUsersASideStayQuick()
    {
        show(ManyUsers);
        WatchedApplication &watched = *static_cast<WatchedApplication *>(qApp);
        watched.startWatching();
        watched.step = u"comparing"_s;
        QElapsedTimer timer;
        timer.start();
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        qInfo("compared in %lld ms", timer.elapsed());
        QVERIFY(page().comparison()->counts[2] >= ManyUsers / 2);
        OrgDiffPane &pane = page().differences();
        watched.step = u"expanding"_s;
        for (int row = 0; row < pane.model().rowCount(); ++row) {
            pane.tree()->setCurrentIndex(pane.model().index(row, 0));
            QTest::keyClick(pane.tree(), Qt::Key_Right);
            QCoreApplication::processEvents();
            QVERIFY(pane.tree()->isExpanded(pane.model().index(row, 0)));
        }
        watched.step = u"to the end"_s;
        QTest::keyClick(pane.tree(), Qt::Key_End);
        QCoreApplication::processEvents();
        watched.step = u"its texts"_s;
        QTRY_VERIFY_WITH_TIMEOUT(!page().isBusy(), Patience);
        watched.step = u"filtering"_s;
        for (const QChar letter : u"person.0099"_s) {
            QTest::keyClick(pane.filter(), letter.toLatin1());
            QCoreApplication::processEvents();
        }
        QCOMPARE(pane.model().shownEntries(), 50);
        watched.step = u"the matching"_s;
        toMatching();
        watched.step = u"filtering the matching"_s;
        for (const QChar letter : u"person.00999"_s) {
            QTest::keyClick(page().matching().filter(), letter.toLatin1());
            QCoreApplication::processEvents();
        }
        watched.step = u"looking for a twin"_s;
        QTest::keyClick(page().matching().filter(), Qt::Key_Return);
        QTest::keyClick(page().matching().table(), Qt::Key_Return);
        QTest::keyClicks(page().matching().twinField(), u"person.000123"_s);
        QTest::keyClick(page().matching().twinField(), Qt::Key_Return);
        watched.step = u"comparing again"_s;
        QCOMPARE(page().state(), OrgComparePage::State::Comparing);
        press(u"Cancel"_s);
        QVERIFY(page().verdict().startsWith(u"Cancelled"_s));
        press(u"Compare again"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        QCOMPARE(page().comparison()->lines.size(), page().matching().model().counts().constFirst());
        watched.isWatching = false;
        for (const auto &[step, slowest] : watched.slowest.asKeyValueRange()) {
            qInfo("%s: %.1f ms (%s)", qPrintable(step), slowest.ms, qPrintable(slowest.what));
            QVERIFY2(slowest.ms < LongestStepMs, qPrintable(u"%1: %2 ms in %3"_s.arg(step).arg(slowest.ms).arg(slowest.what)));
        }
    }

private:
    void show(int users = 0, bool isOdd = false)
    {
        const Result<void> made = m_store->make(users, isOdd);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
        m_session = std::make_unique<Session>(m_store->clock, *m_store->credentials);
        open(m_store->folder());
    }
    void open(const QString &folder)
    {
        m_window = std::make_unique<MainWindow>(*m_session, m_clock);
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get())); // shortcuts only reach an active window
        m_session->openStore(folder);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isOpen() && m_session->isSettled(), Patience);
    }
    void compare()
    {
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        if (page().organisationPicker(false)->currentText() != u"testland"_s) {
            QTest::mouseClick(page().swapButton(), Qt::LeftButton);
            QTRY_VERIFY_WITH_TIMEOUT(isShown() && !page().isBusy(), Patience);
        }
        QCOMPARE(page().comparison()->leftName, u"testland"_s);
        picture(u"differences"_s);
    }
    void toMatching()
    {
        QTabBar *bar = page().tabs();
        QTest::mouseClick(bar, Qt::LeftButton, {}, bar->tabRect(1).center());
        QVERIFY(page().matching().isVisible());
        QCoreApplication::processEvents();
        picture(u"matching"_s);
    }
    /// For looking at, where $ORGTRACE_PICTURES names a folder.
    void picture(const QString &name)
    {
        const QString folder = qEnvironmentVariable("ORGTRACE_PICTURES");
        if (folder.isEmpty() || static_cast<WatchedApplication *>(qApp)->isWatching) {
            return;
        }
        for (const bool isDark : {true, false}) {
            Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
            QCoreApplication::processEvents();
            QVERIFY(m_window->grab().save(u"%1/%2-%3-%4.png"_s.arg(folder, QString::fromLatin1(QTest::currentTestFunction()), name,
                                                                   isDark ? u"dark"_s : u"light"_s)));
        }
    }
    void press(const QString &text)
    {
        for (QPushButton *one : page().findChildren<QPushButton *>()) {
            if (one->text() == text && one->isVisible()) {
                QVERIFY2(one->isEnabled(), qPrintable(text));
                QTest::mouseClick(one, Qt::LeftButton);
                return;
            }
        }
        QFAIL(qPrintable(u"no button "_s + text));
    }
    [[nodiscard]] bool says(const QString &text) const
    {
        return std::ranges::any_of(page().findChildren<QLabel *>(),
                                   [&](const QLabel *one) { return one->isVisible() && one->text().contains(text); });
    }
    [[nodiscard]] QModelIndex find(const QString &name) const
    {
        const OrgDiffTree &model = page().differences().model();
        for (int branch = 0; branch < model.rowCount(); ++branch) {
            for (int row = 0; row < model.rowCount(model.index(branch, 0)); ++row) {
                if (const QModelIndex at = model.index(row, 0, model.index(branch, 0)); at.data().toString() == name) {
                    return at;
                }
            }
        }
        return {};
    }
    [[nodiscard]] QString cell(int row, int column) const { return page().matching().model().index(row, column).data().toString(); }
    [[nodiscard]] OrgComparePage &page() const { return m_window->organisations(); }
    [[nodiscard]] bool isShown() const { return page().state() == OrgComparePage::State::Shown; }
    [[nodiscard]] static QString leftId() { return QString::fromLatin1(TwoOrganisations::LeftId); }
    [[nodiscard]] static QString rightId() { return QString::fromLatin1(TwoOrganisations::RightId); }

    SystemClock m_clock;
    std::unique_ptr<TwoOrganisations> m_store;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

int main(int argc, char **argv)
{
    WatchedApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    QStandardPaths::setTestModeEnabled(true);
    Theme::apply(Theme::Scheme::Light);
    TestWindowOrgs test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windoworgs.moc"
