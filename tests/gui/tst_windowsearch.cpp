#include "audit/auditpage.h"
#include "diff/diffpage.h"
#include "mainwindow/keymap.h"
#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "search/searchbox.h"
#include "search/searchmodel.h"
#include "search/searchpanel.h"
#include "search/searchrun.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QListView>
#include <QSignalSpy>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass

} // namespace

/// The search box, links and the keyboard map in a real window, by keys and mouse.
class TestWindowSearch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const Result<void> made = m_store.make();
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
        m_session->openStore(m_store.folder());
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        WatchedApplication::self().isWatching = true;
    }

    void cleanup()
    {
        WatchedApplication::self().isWatching = false;
        m_window.reset();
        m_session.reset();
    }

    void cleanupTestCase()
    {
        const QString broken = WatchedApplication::self().broken(); // of all that the tests did
        QVERIFY2(broken.isEmpty(), qPrintable(broken));
    }

    void resultsComeWhileTyping()
    {
        type(u"nigh"_s);
        QVERIFY(m_window->search().panel().isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(titles().contains(u"Night shift"_s), patience);
        const QString b = utcText(m_session->snapshot(m_session->idB())->observedUtc);
        QVERIFY2(titles().constFirst().contains(b), qPrintable(titles().constFirst())); // in which snapshot it stands
        QTest::keyClicks(&m_window->search(), u"tmare"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && titles().size() == 1 && titles().constFirst().startsWith(u"Nothing like that"_s),
                                 patience);
        QTest::keyClick(&m_window->search(), Qt::Key_Escape);
        QVERIFY(!m_window->search().panel().isVisible());
        QTest::keyClick(&m_window->search(), Qt::Key_Escape);
        QCOMPARE(m_window->search().text(), QString());
    }

    void whatIsTypedMoreSlowlyCanBeChosen()
    {
        type(u"contract"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        QTest::keyClicks(&m_window->search(), u"ors"_s); // answers to the former text are on screen
        QVERIFY(m_window->search().run().state().isFormer);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        QVERIFY(!m_window->search().run().state().isFormer);
        QVERIFY2(titles().contains(u"In B · "_s + utcText(m_session->snapshot(m_session->idB())->observedUtc)),
                 qPrintable(titles().join(u'\n')));
        QTest::keyClick(&m_window->search(), Qt::Key_Down);
        QTest::keyClick(&m_window->search(), Qt::Key_Return);
        QVERIFY(m_session->shownEntity());
        QCOMPARE(m_session->shownEntity()->domain, u"groups"_s);
    }

    void aLinkPastedWhileAnswersComeCanBeChosen()
    {
        m_session->setRange(m_session->timeline().at(1).id, m_session->timeline().at(2).id);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        QApplication::clipboard()->setText(m_session->linkTo(u"groups"_s, u"group-2"_s, {}).toText());
        m_session->setRange(m_session->timeline().at(3).id, m_session->timeline().at(4).id);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        type(u"contract"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        QTest::keyClicks(&m_window->search(), u"ors"_s);
        QVERIFY(m_window->search().run().state().isFormer);
        QTest::keyClick(&m_window->search(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(&m_window->search(), Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(kindsShown(), QList{SearchRow::Kind::Link});
        QTest::keyClick(&m_window->search(), Qt::Key_Return);
        QCOMPARE(range(), std::pair(1, 2));
    }

    void theSelectionIsNotHandedToAnother()
    {
        type(u"level"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().count(SearchRow::Kind::Here) == 6, patience);
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(&m_window->search(), Qt::Key_Down);
        }
        const SearchPanel &panel = m_window->search().panel();
        QCOMPARE(panel.model()->row(panel.list()->currentIndex())->title, u"Queue 2"_s);
        QTest::keyClicks(&m_window->search(), u" 0"_s); // Queue 0 and Queue 1 are at level 4
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().count(SearchRow::Kind::Here) == 4, patience);
        QCOMPARE(panel.model()->row(panel.list()->currentIndex())->title, u"Queue 2"_s);
        QTest::keyClick(&m_window->search(), Qt::Key_Backspace);
        QTest::keyClicks(&m_window->search(), u"4"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().count(SearchRow::Kind::Here) == 2, patience);
        QVERIFY(!panel.list()->currentIndex().isValid());
    }

    void anotherStoreAnswersWhatIsTyped()
    {
        type(u"contractors"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        m_session->openStore(m_store.folder());
        QVERIFY(!kindsShown().contains(SearchRow::Kind::Here));
        QCOMPARE(m_window->search().text(), u"contractors"_s);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled() && !isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
    }

    void aHitLeadsOutOfAnotherPage()
    {
        QTest::keyClick(m_window.get(), Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!m_window->diff().isVisible());
        type(u"contractors"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        QTest::keyClick(&m_window->search(), Qt::Key_Return);
        QVERIFY(m_session->shownEntity());
        QVERIFY(m_window->diff().isVisible());
    }

    void aHitInBIsShown()
    {
        type(u"contractors"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Here), patience);
        const auto [a, b] = range();
        QTest::keyClick(&m_window->search(), Qt::Key_Down);
        QTest::keyClick(&m_window->search(), Qt::Key_Return);
        QVERIFY(!m_window->search().panel().isVisible());
        QVERIFY(m_session->shownEntity()); // a group that did not change between A and B
        QCOMPARE(m_session->shownEntity()->domain, u"groups"_s);
        QCOMPARE(range(), std::pair(a, b));
        QCOMPARE(m_session->currentPointer(), u"/name"_s);
        // A change selected anywhere takes its place.
        QTest::keyClick(m_window.get(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY(!m_session->shownEntity());
        QVERIFY(m_session->currentFinding() >= 0);
    }

    void aHitInBWaitsForTheComparison()
    {
        m_session->setRange(m_session->timeline().at(2).id, m_session->timeline().at(3).id);
        QVERIFY(m_session->isComputing());
        Q_EMIT m_window->search().entityChosen(u"groups"_s, u"group-1"_s, u"/name"_s); // B is searched sooner than it is compared
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        QCOMPARE(range(), std::pair(2, 3));
        QVERIFY(m_session->shownEntity());
        QCOMPARE(m_session->shownEntity()->id, u"group-1"_s);
        QCOMPARE(m_session->currentPointer(), u"/name"_s);
    }

    void aHitInHistoryLeadsToWhereItCame()
    {
        type(u"night shift"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning() && kindsShown().contains(SearchRow::Kind::Ever), patience);
        SearchPanel &panel = m_window->search().panel();
        int row = -1;
        for (int i = 0; i < panel.model()->rowCount(); ++i) {
            if (panel.model()->row(panel.model()->index(i))->kind == SearchRow::Kind::Ever && row < 0) {
                row = i;
            }
        }
        QVERIFY(row >= 0);
        panel.list()->scrollTo(panel.model()->index(row));
        QTest::mouseClick(panel.list()->viewport(), Qt::LeftButton, {}, panel.list()->visualRect(panel.model()->index(row)).center());
        QCOMPARE(range(), std::pair(1, 2)); // it appeared on the third day
        QTRY_VERIFY_WITH_TIMEOUT(m_session->currentFinding() >= 0, patience);
        const Compare::EntityChange &change = m_session->findings()->findings.at(m_session->currentFinding()).judged.change;
        QCOMPARE(change.domain, u"groups"_s);
        QCOMPARE(change.kind, Compare::ChangeKind::Added);
    }

    void linksLeadBack()
    {
        m_session->setRange(m_session->timeline().at(1).id, m_session->timeline().at(2).id);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        QTest::keyClick(m_window.get(), Qt::Key_Down, Qt::AltModifier);
        const Compare::EntityChange change = m_session->findings()->findings.at(m_session->currentFinding()).judged.change;
        QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
        const QString link = QApplication::clipboard()->text();
        QVERIFY2(link.startsWith(u"orgtrace://"_s) && link.contains(change.domain), qPrintable(link));
        QVERIFY(m_window->messages().isVisible());
        m_session->setRange(m_session->timeline().at(3).id, m_session->timeline().at(4).id);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        type(link);
        QTRY_VERIFY_WITH_TIMEOUT(kindsShown() == QList{SearchRow::Kind::Link}, patience);
        QTest::keyClick(&m_window->search(), Qt::Key_Return);
        QCOMPARE(range(), std::pair(1, 2));
        QTRY_VERIFY_WITH_TIMEOUT(m_session->currentFinding() >= 0, patience);
        QCOMPARE(m_session->findings()->findings.at(m_session->currentFinding()).judged.change.entity, change.entity);
    }

    void aLinkIsFollowedWhileItsStoreOpens()
    {
        m_session->setRange(m_session->timeline().at(1).id, m_session->timeline().at(2).id);
        const QString link = m_session->linkTo(u"groups"_s, u"group-2"_s, {}).toText();
        m_session->openStore(m_store.folder());
        m_window->openLink(link);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        QCOMPARE(range(), std::pair(1, 2));
        QVERIFY(m_session->currentFinding() >= 0);
        const Compare::EntityChange &change = m_session->findings()->findings.at(m_session->currentFinding()).judged.change;
        QCOMPARE(change.entity, u"group-2"_s);
        QCOMPARE(change.kind, Compare::ChangeKind::Added);
    }

    void aLinkWhoseStoreCannotBeOpenedIsForgotten()
    {
        m_session->setRange(m_session->timeline().at(1).id, m_session->timeline().at(2).id);
        const QString link = m_session->linkTo(u"groups"_s, u"group-2"_s, {}).toText();
        QSignalSpy failed(m_session.get(), &Session::failed);
        m_session->openStore(m_store.folder() + u"-nowhere"_s);
        m_window->openLink(link);
        QTRY_VERIFY_WITH_TIMEOUT(failed.count() > 0 && m_session->isSettled(), patience);
        m_session->openStore(m_store.folder()); // by hand, to look at something else
        QTRY_VERIFY_WITH_TIMEOUT(m_session->findings() && m_session->isSettled(), patience);
        QCOMPARE(range(), std::pair(3, 4));
        QCOMPARE(m_session->currentFinding(), -1);
    }

    void linksThatLeadNowhereSaySo_data()
    {
        QTest::addColumn<QString>("link");
        QTest::addColumn<QString>("says");
        QTest::newRow("another store") << u"orgtrace://00000000deadbeef/%1/queues/q"_s.arg(QString(40, u'a'))
                                       << u"not opened on this machine"_s;
        QTest::newRow("another snapshot") << u"orgtrace://STORE/%1/queues/q"_s.arg(QString(40, u'a')) << u"this timeline does not have"_s;
        QTest::newRow("no link") << u"orgtrace://x"_s << u"This is no link to a place"_s;
    }

    void linksThatLeadNowhereSaySo()
    {
        QFETCH(QString, link);
        QFETCH(QString, says);
        const auto before = range();
        m_window->openLink(link.replace(u"STORE"_s, m_session->workspace()->store().storeId()));
        QVERIFY(m_window->messages().isVisible());
        QVERIFY2(m_window->messages().text().contains(says), qPrintable(m_window->messages().text()));
        QCOMPARE(range(), before);
    }

    void theKeyboardMap()
    {
        KeyMapPanel &map = m_window->keyMapPanel();
        QTest::keyClick(m_window.get(), Qt::Key_F1);
        QVERIFY(map.isVisible());
        QTest::keyClick(&map, Qt::Key_Escape);
        QVERIFY(!map.isVisible());
        // Every shortcut of the window is on the map.
        QSet<QString> known;
        for (const KeyGroup &group : keyMap()) {
            for (const KeyLine &line : group.lines) {
                for (const QKeySequence &sequence : line.sequences) {
                    known.insert(sequence.toString(QKeySequence::PortableText));
                }
            }
        }
        QStringList missing;
        for (const QAction *action : m_window->findChildren<QAction *>()) {
            const bool isKnown
                = action->shortcuts().isEmpty() || std::ranges::any_of(action->shortcuts(), [&known](const QKeySequence &sequence) {
                      return known.contains(sequence.toString(QKeySequence::PortableText));
                  });
            if (!isKnown) {
                missing.append(action->text() + u' ' + action->shortcut().toString());
            }
        }
        QCOMPARE(missing, QStringList());
    }

private:
    void type(const QString &text)
    {
        QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(m_window->search().hasFocus());
        QTest::keyClick(&m_window->search(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(&m_window->search(), text);
    }
    [[nodiscard]] bool isRunning() const { return m_window->search().run().state().isRunning; }
    [[nodiscard]] QStringList titles() const
    {
        QStringList found;
        const SearchModel *model = m_window->search().panel().model();
        for (int i = 0; i < model->rowCount(); ++i) {
            found.append(model->row(model->index(i))->title);
        }
        return found;
    }
    [[nodiscard]] QList<SearchRow::Kind> kindsShown() const
    {
        QList<SearchRow::Kind> found;
        const SearchModel *model = m_window->search().panel().model();
        for (int i = 0; i < model->rowCount(); ++i) {
            found.append(model->row(model->index(i))->kind);
        }
        return found;
    }
    [[nodiscard]] std::pair<int, int> range() const { return {m_session->indexOf(m_session->idA()), m_session->indexOf(m_session->idB())}; }

    SmallStore m_store;
    SystemClock m_clock;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    TestWindowSearch test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowsearch.moc"
