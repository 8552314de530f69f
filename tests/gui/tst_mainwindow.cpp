#include "changes/changesmodel.h"
#include "changes/changespage.h"
#include "diff/diffpage.h"
#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "timeline/timelineview.h"
#include "watchedapplication.h"

#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QThreadPool>
#include <QTreeView>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass

} // namespace

/// A real window on a real store, driven by mouse and keys.
class TestMainWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const Result<void> made = m_store.make(3000, 2600); // more changes than are filtered on the GUI thread
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
    }

    void init()
    {
        m_session = std::make_unique<Session>(m_store.clock, *m_store.credentials);
        m_window = std::make_unique<MainWindow>(*m_session, m_clock);
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get())); // shortcuts only reach an active window
    }

    void cleanup()
    {
        m_window.reset();
        m_session.reset();
    }

    void withoutAStoreItSaysWhatToDo()
    {
        QSignalSpy demo(m_window.get(), &MainWindow::demoRequested);
        QPushButton *offer = nullptr;
        for (QPushButton *button : m_window->findChildren<QPushButton *>()) {
            offer = button->text() == u"Try the demo"_s ? button : offer;
        }
        QVERIFY(offer && offer->isVisible());
        QTest::mouseClick(offer, Qt::LeftButton);
        QCOMPARE(demo.count(), 1);
        QVERIFY(!m_window->timeline().isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_E, Qt::ControlModifier);
        QVERIFY(m_window->messages().isVisible()); // no range to report on: said, not ignored
        QTest::keyClick(m_window.get(), Qt::Key_Down, Qt::AltModifier);
        QTest::keyClick(m_window.get(), Qt::Key_F5);
    }

    void aBrokenStoreIsSaidInTheWindow()
    {
        m_session->openStore(QDir::tempPath());
        QTRY_VERIFY_WITH_TIMEOUT(m_window->messages().isVisible(), patience);
        QVERIFY(m_window->messages().text().contains(u"not an Orgtrace store"_s));
        QVERIFY(m_window->messages().text().contains(u"No store is open"_s)); // what was kept
        m_session->openStore(m_store.folder());
        QVERIFY(settle());
        QVERIFY(!m_window->messages().isVisible());
    }

    void selectingAChangeShowsItsDiff()
    {
        openRange(1, 2);
        QSignalSpy shown(&m_window->diff(), &DiffPage::documentShown);
        QTest::keyClick(m_window.get(), Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(m_session->currentFinding(), m_window->changes().model()->row(m_window->changes().view()->currentIndex())->finding);
        QTRY_VERIFY_WITH_TIMEOUT(shown.count() > 0, patience);
        const int first = m_session->currentFinding();
        QTest::keyClick(m_window.get(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY(m_session->currentFinding() != first);
        QTest::keyClick(m_window.get(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(m_session->currentFinding(), first);
        QVERIFY(settle());
    }

    void clickingAChangeSelectsIt()
    {
        openRange(1, 2);
        const ChangesModel *model = m_window->changes().model();
        QTreeView *view = m_window->changes().view();
        const int row = model->tree().entityRows.constLast();
        m_session->setCurrentFinding(model->tree().rows.at(row).finding);
        m_session->setCurrentFinding(-1);
        const QRect rect = view->visualRect(model->indexOfRow(model->tree().entityRows.constFirst()));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, rect.center());
        QCOMPARE(m_session->currentFinding(), model->tree().rows.at(model->tree().entityRows.constFirst()).finding);
        QVERIFY(settle());
    }

    void steppingTheRangeByKeys()
    {
        openRange(1, 2);
        m_window->timeline().setFocus();
        QTest::keyClick(&m_window->timeline(), Qt::Key_Right);
        QCOMPARE(range(), std::pair(2, 3));
        QTest::keyClick(&m_window->timeline(), Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(range(), std::pair(2, 3)); // B never meets A
        QTest::keyClick(&m_window->timeline(), Qt::Key_Left, Qt::ControlModifier);
        QCOMPARE(range(), std::pair(1, 3));
        QTest::keyClick(&m_window->timeline(), Qt::Key_End);
        QCOMPARE(range(), std::pair(2, 4));
        QTest::keyClick(&m_window->timeline(), Qt::Key_Home);
        QCOMPARE(range(), std::pair(0, 2));
        QTest::keyClick(&m_window->timeline(), Qt::Key_P);
        QCOMPARE(range(), std::pair(1, 2)); // B with the one before it
        QVERIFY(settle());
        QVERIFY(m_window->timeline().accessibleDescription().contains(u"5 snapshots"_s));
    }

    void draggingAHandleSnapsToASnapshot()
    {
        openRange(1, 2);
        TimelineView &timeline = m_window->timeline();
        const QPoint from = timeline.handleRect(false).center();
        const QPoint to(timeline.entryPosition(4).x() - 9, from.y());
        QTest::mousePress(&timeline, Qt::LeftButton, {}, from);
        QTest::mouseMove(&timeline, from + QPoint(12, 0));
        QTest::mouseMove(&timeline, to);
        QCOMPARE(range(), std::pair(1, 2)); // nothing is compared before the hand lets go
        QTest::mouseRelease(&timeline, Qt::LeftButton, {}, to);
        QCOMPARE(range(), std::pair(1, 4));
        const QPoint a = timeline.handleRect(true).center();
        QTest::mousePress(&timeline, Qt::LeftButton, {}, a);
        QTest::mouseMove(&timeline, QPoint(timeline.width() - 1, a.y()));
        QTest::mouseRelease(&timeline, Qt::LeftButton, {}, QPoint(timeline.width() - 1, a.y()));
        QCOMPARE(range(), std::pair(3, 4)); // A stops before B
        QVERIFY(settle());
        QCOMPARE(m_session->findings()->difference.to.id, m_session->idB());
    }

    void theTimelineSpeaks()
    {
        openRange(1, 2);
        TimelineView &timeline = m_window->timeline();
        const QString tip = timeline.textAt(timeline.entryPosition(2) - QPoint(0, 20));
        QVERIFY2(tip.contains(u"4 changes since the snapshot before"_s), qPrintable(tip));
        QVERIFY(timeline.textAt({timeline.entryPosition(2).x(), timeline.height() - 20}).contains(u"unknown, not quiet"_s));
        QVERIFY(!timeline.isZoomed());
        QTest::keyClick(&timeline, Qt::Key_Plus);
        QVERIFY(timeline.isZoomed());
        QTest::keyClick(&timeline, Qt::Key_0);
        QVERIFY(!timeline.isZoomed());
    }

    void filteringByKeysOnly()
    {
        openRange(1, 2);
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        QLineEdit *filter = m_window->changes().filterField();
        QTRY_VERIFY(filter->hasFocus());
        QTest::keyClicks(filter, u"kind:added night"_s);
        QVERIFY(settle());
        QCOMPARE(m_window->changes().model()->tree().shown, 1);
        QTest::keyClick(filter, Qt::Key_Down); // to the list
        QTRY_VERIFY(m_window->changes().view()->hasFocus());
        m_session->setCurrentFinding(-1);
        QTest::keyClick(m_window->changes().view(), Qt::Key_Home);
        for (int i = 0; i < 4 && m_session->currentFinding() < 0; ++i) {
            QTest::keyClick(m_window->changes().view(), Qt::Key_Down);
        }
        QVERIFY(m_session->currentFinding() >= 0);
        QCOMPARE(m_session->findings()->findings.at(m_session->currentFinding()).judged.change.name, u"Night shift"_s);
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        QTest::keyClick(filter, Qt::Key_Escape);
        QCOMPARE(m_window->changes().model()->tree().shown, m_window->changes().model()->tree().total);
        QTest::keyClicks(filter, u"severity:hgh"_s); // a mistake is said, and hides nothing
        QCOMPARE(m_window->changes().model()->tree().shown, m_window->changes().model()->tree().total);
        QVERIFY(settle());
    }

    void tabsByKeys()
    {
        openRange(1, 2);
        auto *tabs = m_window->findChild<QTabWidget *>();
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(m_window.get(), static_cast<Qt::Key>(Qt::Key_1 + i), Qt::ControlModifier);
            QCOMPARE(tabs->currentIndex(), i);
            QVERIFY(settle());
        }
    }

    void theReportGoesWhereTheLastOneWent()
    {
        openRange(1, 2);
        QTemporaryDir folder;
        QSignalSpy written(m_session.get(), &Session::reportWritten);
        m_session->exportReport(folder.filePath(u"r.html"_s));
        QTRY_COMPARE_WITH_TIMEOUT(written.count(), 1, patience);
        QVERIFY(m_window->messages().isVisible());
        QVERIFY(m_window->messages().text().contains(u"Report written"_s));
        QVERIFY(QFile::exists(folder.filePath(u"r.html"_s)));
    }

    void noStepTakesMoreThanAFrame()
    {
        openRange(1, 2);
        // Once around everything first: styles, fonts and pages are made once.
        auto *app = static_cast<WatchedApplication *>(QCoreApplication::instance());
        goAround();
        // A step that is slow is slow each time; one that a neighbour on the same core disturbed is not. So each step's quickest round counts.
        QMap<QString, WatchedApplication::Slowest> steps;
        for (int round = 0; round < 3; ++round) {
            app->startWatching();
            goAround();
            app->isWatching = false;
            for (auto it = app->slowest.cbegin(); it != app->slowest.cend(); ++it) {
                const auto known = steps.constFind(it.key());
                if (known == steps.cend() || it->ms < known->ms) {
                    steps[it.key()] = *it;
                }
            }
        }
        QVERIFY(steps.size() >= 9); // every step was seen
        for (auto it = steps.cbegin(); it != steps.cend(); ++it) {
            qInfo("%s: %.1f ms of processor time in %s", qUtf8Printable(it.key()), it->ms, qUtf8Printable(it->what));
        }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        for (auto it = steps.cbegin(); it != steps.cend(); ++it) {
            QVERIFY2(it->ms <= 16, qPrintable(it.key() + u": "_s + it->what));
        }
#endif
    }

private:
    bool settle()
    {
        return QTest::qWaitFor(
            [this] {
                return m_session->isSettled() && !m_session->isOpening() && !m_session->isComputing() && m_window->changes().isSettled()
                    && QThreadPool::globalInstance()->activeThreadCount() == 0;
            },
            patience);
    }

    void openRange(int a, int b)
    {
        m_session->openStore(m_store.folder());
        QVERIFY(settle());
        QCOMPARE(m_session->timeline().size(), 5);
        m_session->setRange(m_session->timeline().at(a).id, m_session->timeline().at(b).id);
        QVERIFY(settle());
        QVERIFY(m_session->findings() != nullptr);
    }

    [[nodiscard]] std::pair<int, int> range() const { return {m_session->indexOf(m_session->idA()), m_session->indexOf(m_session->idB())}; }

    /// What a user does, on few changes and on thousands. Every step goes through the event loop, so that each is measured.
    void goAround()
    {
        auto *app = static_cast<WatchedApplication *>(QCoreApplication::instance());
        const auto step = [this, app](const char *name, auto what) {
            app->step = QString::fromLatin1(name);
            QMetaObject::invokeMethod(m_window.get(), what, Qt::QueuedConnection);
            QCoreApplication::processEvents();
            QVERIFY(settle());
        };
        for (const int from : {1, 0, 3}) {
            step("range", [this, from] { m_session->setRange(m_session->timeline().at(from).id, m_session->timeline().at(from + 1).id); });
            step("next change", [this] { m_window->changes().selectNext(1); });
            step("access", [this] { m_window->showTab(MainWindow::Tab::Access); });
            step("audit", [this] { m_window->showTab(MainWindow::Tab::Audit); });
            step("diff", [this] { m_window->showTab(MainWindow::Tab::Diff); });
            step("filter", [this] { m_window->changes().filterField()->setText(u"queue severity:≤critical"_s); });
            step("next filtered change", [this] { m_window->changes().selectNext(1); });
            step("filter cleared", [this] { m_window->changes().filterField()->clear(); });
            step("timeline painted", [this] { m_window->timeline().grab(); });
        }
    }

    SmallStore m_store;
    SystemClock m_clock;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestMainWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_mainwindow.moc"
