#include "changes/changesmodel.h"
#include "changes/changespage.h"
#include "diff/diffpage.h"
#include "diff/diffview.h"
#include "diff/findbar.h"
#include "diff/gotobar.h"
#include "diff/pathbar.h"
#include "diff/rawbar.h"
#include "mainwindow/mainwindow.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QThreadPool>
#include <QTreeView>

#include <algorithm>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass

/// Two snapshots: a playbook whose steps moved, one of its fields changed; and a domain of many entities, of which few changed.
class PlaybookStore
{
public:
    ManualClock clock{QDateTime(QDate(2026, 10, 20), QTime(12, 0), QTimeZone::UTC)};
    std::unique_ptr<Credentials::CredentialStore> credentials = Credentials::memoryStore();
    [[nodiscard]] QString folder() const { return m_folder.filePath(u"store"_s); }

    [[nodiscard]] Result<void> make(int rooms)
    {
        if (const Result<void> made = QCoro::waitFor(Operations::Workspace::init(folder(), {}, *credentials)); !made) {
            return made;
        }
        Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(folder(), clock, *credentials);
        if (!workspace) {
            return std::unexpected(workspace.error());
        }
        Evidence::OrganisationSettings organisation;
        organisation.name = u"testland"_s;
        organisation.region = u"eu-central-1"_s;
        organisation.organisationId = u"11111111-1111-4111-8111-111111111111"_s;
        if (const Result<void> saved = Evidence::saveOrganisation(folder(), organisation); !saved) {
            return saved;
        }
        for (int day = 0; day < 2; ++day) {
            const QString source = m_folder.filePath(u"day%1"_s.arg(day));
            write(source, u"organization"_s, "{\"id\": \"11111111-1111-4111-8111-111111111111\", \"name\": \"Testland\"}");
            write(source, u"playbooks"_s, playbook(day));
            QByteArray list;
            for (int i = 0; i < rooms; ++i) {
                list
                    += u"%1{\"id\": \"room-%2\", \"name\": \"Room %2\", \"seats\": %3, \"equipment\": [\"screen\", \"phone\", \"board\"]}"_s
                           .arg(i ? u",\n"_s : QString())
                           .arg(i)
                           .arg(i % 100 == 7 ? 10 + day : 4)
                           .toUtf8();
                if (i == 107) { // differs in type alone, too
                    list.insert(list.size() - 1, QByteArray(", \"floor\": ") + (day == 0 ? "\"3\"" : "3"));
                }
            }
            write(source, u"rooms"_s, "[" + list + "]");
            const QDateTime at(QDate(2026, 10, 1 + day), QTime(6, 0), QTimeZone::UTC);
            const Result<Capture::Outcome> outcome = QCoro::waitFor((*workspace)->importFolder(source, u"testland"_s, at, {}));
            if (!outcome) {
                return std::unexpected(outcome.error());
            }
        }
        return {};
    }

private:
    static QByteArray playbook(int day)
    {
        QList<QByteArray> steps;
        for (const char *name : {"greet", "verify", "ask", "route", "callback"}) {
            steps.append(QByteArray("{\"action\": \"") + name + "\", \"note\": \"what to say at " + name + "\", \"retries\": 3}");
        }
        if (day == 1) {
            steps.move(4, 0); // callback comes first now
        }
        QByteArray out = "[{\"id\": \"book-1\", \"name\": \"Outage\", \"active\": " + QByteArray(day ? "true" : "false") + ", \"lines\": [";
        for (int i = 0; i < 60; ++i) {
            out += (i ? ", \"line " : "\"line ") + QByteArray::number(i) + "\"";
        }
        out += "], \"steps\": [" + steps.join(", ") + "], \"text\": \"" + QByteArray(1'000'000, 'x') + (day ? "changed" : "old")
            + QByteArray(200, 'y') + "\", \"zone\": \"Europe/Berlin\"}]";
        return out;
    }
    static void write(const QString &folder, const QString &domain, const QByteArray &json)
    {
        QDir().mkpath(folder);
        QFile file(QDir(folder).filePath(domain + u".json"_s));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(json);
        }
    }
    QTemporaryDir m_folder;
};

} // namespace

/// The diff in a real window on a real store, driven by mouse and keys. ORGTRACE_SHOTS=DIR keeps pictures to look at.
class TestDiffPage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_settings.path());
        const Result<void> made = m_store.make(2000);
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
        m_session->openStore(m_store.folder());
        QVERIFY(settle());
        QVERIFY(m_session->findings() != nullptr);
        openEntity(u"book-1"_s);
    }

    void cleanup()
    {
        m_window.reset();
        m_session.reset();
    }

    void theCountIsTheChangeList()
    {
        const auto &change = m_session->findings()->findings.at(m_session->currentFinding()).judged.change;
        QVERIFY(change.fields.size() >= 3);
        QCOMPARE(view().changeCount(), int(change.fields.size()));
        shoot(u"moved"_s);
    }

    void aMovedElementIsLinkedWithThePlaceItLeft()
    {
        const Compare::AlignedRows &rows = view().document()->rows;
        QCOMPARE(rows.moves.size(), 1U);
        const Compare::RowMove move = rows.moves.front();
        const Compare::AlignedRow head = rows[move.row];
        QVERIFY(head.leftLine > 0 && head.rightLine > 0 && head.leftLine != head.rightLine); // beside its old self
        view().goToRow(move.row);
        QVERIFY(view().accessibleDescription().contains(u"Moved from line"_s));
        QTest::keyClick(&view(), Qt::Key_Return);
        QCOMPARE(view().currentRow(), move.stub);
        QVERIFY(view().accessibleDescription().contains(u"it is now on line"_s));
        // Back with the mouse, on the place that it left.
        QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, QPoint(200, yOf(move.stub)));
        QCOMPARE(view().currentRow(), move.row);
        // And by the words behind its first line.
        const QPoint chip(view().split() + (view().viewport()->width() - view().split()) / 2, yOf(move.row));
        QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, chip);
        QCOMPARE(view().currentRow(), move.stub);
    }

    void foldsOpenByTens()
    {
        view().foldAll();
        int fold = 0;
        while (fold < view().folded().count() && view().folded().item(fold).folded <= 30) {
            ++fold;
        }
        QVERIFY(fold < view().folded().count());
        const FoldedRows::Item before = view().folded().item(fold);
        view().goToRow(view().folded().item(std::max(0, fold - 1)).row);
        view().verticalScrollBar()->setValue(0);
        const auto at
            = [this](int index) { return index * view().rowHeight() - view().verticalScrollBar()->value() + view().rowHeight() / 2; };
        QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, QPoint(8, at(fold))); // ↓ in the gutter
        QCOMPARE(view().folded().item(fold + 10).folded, before.folded - 10);
        QTest::keyClick(&view(), Qt::Key_Home); // the caret stays in what was opened
        view().goToRow(view().folded().item(fold).row);
        for (int i = 0; i < 10; ++i) {
            QTest::keyClick(&view(), Qt::Key_Down);
        }
        QTest::keyClick(&view(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(view().folded().item(fold + 10).folded, before.folded - 20);
        shoot(u"folded"_s);
        QTest::keyClick(&view(), Qt::Key_Return);
        QCOMPARE(view().folded().item(fold + 10).folded, 0);
    }

    void goingToAPath()
    {
        QTest::keyClick(&view(), Qt::Key_G, Qt::ControlModifier);
        GoToBar *bar = page().goToBar();
        QTRY_VERIFY(bar->isVisible() && bar->field()->hasFocus());
        QTest::keyClick(bar->field(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(bar->field(), u"/steps/"_s);
        QCOMPARE(bar->completer()->completionCount(), 5);
        shoot(u"go-to"_s);
        bar->completer()->popup()->hide();
        QTest::keyClicks(bar->field(), u"9"_s);
        QTest::keyClick(bar->field(), Qt::Key_Return);
        QVERIFY(bar->isVisible());
        QVERIFY(!bar->complaint().isEmpty());
        QTest::keyClick(bar->field(), Qt::Key_Backspace);
        QTest::keyClicks(bar->field(), u"2/note"_s);
        bar->completer()->popup()->hide();
        QTest::keyClick(bar->field(), Qt::Key_Return);
        QTRY_VERIFY(!bar->isVisible());
        QCOMPARE(view().currentPointer(), u"/steps/2/note"_s);
        QCOMPARE(lineOfPlace(*view().document(), Side::Right, u"/steps/[action=ask]/note"_s),
                 view().document()->right.lineOf(u"/steps/3/note"_s));
        QCOMPARE(lineOfPlace(*view().document(), Side::Right, u"12"_s), 12);
        QTest::keyClick(&view(), Qt::Key_G, Qt::ControlModifier);
        QTest::keyClick(bar->field(), Qt::Key_Escape);
        QTRY_VERIFY(!bar->isVisible() && view().hasFocus());
    }

    void placesAreThoseOfTheTextOnShow()
    {
        GoToBar *bar = page().goToBar();
        const auto offered = [bar](const QString &place) {
            const QAbstractItemModel *places = bar->completer()->model();
            return !places->match(places->index(0, 0), Qt::DisplayRole, place, 1, Qt::MatchExactly).isEmpty();
        };
        QTest::keyClick(&view(), Qt::Key_G, Qt::ControlModifier);
        QTest::keyClick(bar->field(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(bar->field(), u"/"_s);
        QVERIFY(offered(u"/steps"_s));
        bar->dismiss();
        openEntity(u"room-7"_s);
        QTest::keyClick(&view(), Qt::Key_G, Qt::ControlModifier);
        QTest::keyClick(bar->field(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(bar->field(), u"/"_s);
        QVERIFY(offered(u"/seats"_s));
        QVERIFY(!offered(u"/steps"_s));
        bar->dismiss();
    }

    void thePathOfTheFirstLineIsClickable()
    {
        view().unfoldAll();
        view().goToLine(Side::Right, view().document()->right.lineOf(u"/steps/3/note"_s));
        view().verticalScrollBar()->setValue((view().currentRow() - 1) * view().rowHeight());
        auto *bar = page().findChild<PathBar *>();
        QVERIFY(bar && bar->isVisible());
        QVERIFY(bar->parts().size() >= 3);
        QCOMPARE(bar->parts().at(1).label, u"steps"_s);
        QTest::mouseClick(bar, Qt::LeftButton, {}, bar->rectOf(1).center());
        QCOMPARE(view().currentPointer(), u"/steps"_s);
        bar->setFocus(Qt::TabFocusReason);
        QTest::keyClick(bar, Qt::Key_Left);
        QTest::keyClick(bar, Qt::Key_Left);
        QTest::keyClick(bar, Qt::Key_Left);
        QTest::keyClick(bar, Qt::Key_Return);
        QCOMPARE(view().currentRow(), 0);
    }

    void oneColumnKeepsThePlace()
    {
        view().goToChange(1);
        const int row = view().currentRow();
        QTest::keyClick(&view(), Qt::Key_I, Qt::AltModifier);
        QVERIFY(view().isOneColumn());
        QCOMPARE(view().currentRow(), row);
        QTest::keyClick(&view(), Qt::Key_F8);
        shoot(u"one-column"_s);
        // A changed row is two items: both lines are reached by the arrow keys.
        view().goToLine(Side::Right, view().document()->right.lineOf(u"/active"_s));
        QCOMPARE(view().currentSide(), Side::Right);
        QTest::keyClick(&view(), Qt::Key_Up);
        QCOMPARE(view().currentSide(), Side::Left);
        QVERIFY(view().currentValue() == u"false"_s);
        QTest::keyClick(&view(), Qt::Key_S, Qt::AltModifier);
        QVERIFY(!view().isOneColumn());
    }

    void longLinesShowWhereTheyDifferAndCopyWhole()
    {
        view().goToLine(Side::Right, view().document()->right.lineOf(u"/text"_s));
        const QString shown = view().document()->rowText(view().currentRow(), Side::Right);
        QVERIFY(shown.size() < 3000);
        QVERIFY(shown.contains(u"changed"_s)); // a million characters in
        QTest::keyClick(&view(), Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(QGuiApplication::clipboard()->text().size(), 1'000'209, patience);
        const int height = view().contentHeight();
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
        QVERIFY(view().isWrapped());
        QVERIFY(view().contentHeight() > height + 10 * view().rowHeight());
        QCOMPARE(view().horizontalScrollBar()->maximum(), 0);
        view().goToLine(Side::Right, view().document()->right.lineOf(u"/text"_s));
        shoot(u"wrapped"_s);
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
        QCOMPARE(view().contentHeight(), height);
    }

    void copiesSayWhatTheyAre()
    {
        QVERIFY(view().goToPointer(u"/active"_s));
        QTest::keyClick(&view(), Qt::Key_J, Qt::ControlModifier | Qt::AltModifier);
        QTRY_VERIFY_WITH_TIMEOUT(QGuiApplication::clipboard()->text().contains(u"\"/active\""_s), patience);
        QVERIFY(!QGuiApplication::clipboard()->text().contains(u"/text"_s)); // this field alone
        QTest::keyClick(&view(), Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), u"/active"_s);
        QTest::keyClick(&view(), Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE_WITH_TIMEOUT(QGuiApplication::clipboard()->text().toUtf8(), view().document()->right.text(), patience);
    }

    void findingByPattern()
    {
        QTest::keyClick(&view(), Qt::Key_F, Qt::ControlModifier);
        FindBar *bar = page().findBar();
        QSignalSpy searched(bar, &FindBar::searched);
        const auto count = [&](const QString &text, const FindOptions &options) {
            bar->setOptions(options);
            bar->setText({});
            searched.clear();
            bar->setText(text);
            return (searched.count() > 0 || searched.wait(patience)) && settle() ? bar->count() : -1;
        };
        const int plain = count(u"LINE 1"_s, {});
        QVERIFY(plain > 1);
        QCOMPARE(count(u"LINE 1"_s, {.matchCase = true}), 0);
        QCOMPARE(count(u"line 1"_s, {.wholeWords = true}), 1);
        QCOMPARE(count(u"line [12]\\d\""_s, {.isPattern = true}), 20);
        QCOMPARE(count(u"line ("_s, {.isPattern = true}), 0); // no valid pattern: said, nothing hangs
        QCOMPARE(count(u"(x+x+)+z"_s, {.isPattern = true}) >= 0, true); // a costly one ends
        bar->dismiss();
    }

    void whatIsSaidOfAChangeIsSaidWhereItIsNotSeenYet()
    {
        const auto notes = [this] {
            for (const QLabel *label : page().findChildren<QLabel *>()) {
                if (!label->isHidden() && label->text().contains(u"Left out"_s)) {
                    return label->text();
                }
            }
            return QString();
        };
        m_window->showTab(MainWindow::Tab::Access);
        openEntity(u"room-107"_s);
        m_window->showTab(MainWindow::Tab::Diff);
        QTRY_VERIFY_WITH_TIMEOUT(!notes().isEmpty(), patience);
        QVERIFY2(notes().contains(u"One value differs only in type"_s), qPrintable(notes()));
        QVERIFY2(notes().contains(u"Left out · Other type"_s), qPrintable(notes()));
    }

    void theDocumentOfBeforeSelectsNothing()
    {
        int index = -1;
        for (int i = 0; i < m_session->findings()->findings.size(); ++i) {
            index = m_session->findings()->findings.at(i).judged.change.entity == u"room-7"_s ? i : index;
        }
        QVERIFY(index >= 0);
        QVERIFY(view().changeCount() > 1);
        QStringList selected;
        connect(m_session.get(), &Session::textsReady, this, [&] { // its texts are there, and are being laid beside each other
            view().goToChange(0);
            view().goToChange(1);
            selected.append(m_session->currentPointer());
        });
        QSignalSpy shown(&page(), &DiffPage::documentShown);
        m_session->setCurrentFinding(index);
        QVERIFY(shown.wait(patience));
        QCOMPARE(selected, QStringList(QString()));
        QVERIFY(settle());
    }

    void oneSelectionEverywhere()
    {
        QSignalSpy pointers(m_session.get(), &Session::currentPointerChanged);
        QTest::keyClick(&view(), Qt::Key_F8);
        QCOMPARE(pointers.count(), 1);
        QCOMPARE(m_session->currentPointer(), view().document()->rows.changes.at(view().currentChange()).pointer);
        m_session->setCurrentPointer(u"/active"_s); // as the list of fields does
        QCOMPARE(view().currentPointer(), u"/active"_s);
    }

    void aDomainRowOpensItsWholeDocuments()
    {
        openDomain(u"rooms"_s);
        QVERIFY(view().document());
        QVERIFY(view().document()->right.isList());
        QCOMPARE(int(view().document()->right.elements().size()), 2000);
        QCOMPARE(view().changeCount(), 20); // as many as the change list has of this domain
        shoot(u"domain"_s);
        QTest::keyClick(&view(), Qt::Key_F8);
        QTest::keyClick(&view(), Qt::Key_F8);
        QCOMPARE(m_session->currentDomain(), u"rooms"_s);
        QVERIFY(m_session->currentFinding() >= 0);
        const QString entity = m_session->findings()->findings.at(m_session->currentFinding()).judged.change.entity;
        QVERIFY(view().currentPointer().endsWith(u"/seats"_s));
        QCOMPARE(m_session->currentPointer(), u"/seats"_s);
        QVERIFY(
            view().document()->right.line(view().document()->right.lineOf(view().currentPointer().chopped(6) + u"/id"_s)).contains(entity));
        openEntity(u"book-1"_s); // a change chosen elsewhere ends it
        QVERIFY(m_session->currentDomain().isEmpty());
        QVERIFY(!view().document()->right.isList());
    }

    void whatWasReceivedNeedsAReasonAndSaysWhereItIsGone()
    {
        QTest::keyClick(&view(), Qt::Key_V, Qt::AltModifier);
        RawBar *bar = page().rawBar();
        QTRY_VERIFY(bar->isVisible() && bar->field()->hasFocus());
        QTest::keyClick(bar->field(), Qt::Key_Return); // no reason, no look
        QVERIFY(bar->field()->isVisible());
        shoot(u"raw-reason"_s);
        QTest::keyClicks(bar->field(), u"ticket 4711"_s);
        QTest::keyClick(bar->field(), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(bar->sentence().contains(u"Raw not available"_s) || bar->sentence().contains(u"As received"_s), patience);
        shoot(u"raw"_s);
        QVERIFY2(bar->sentence().startsWith(u"Raw not available"_s), qPrintable(bar->sentence())); // imports keep none
        QTest::keyClick(bar, Qt::Key_Escape);
        QVERIFY(!bar->isVisible());
    }

    void coloursAreChosenAndRemembered()
    {
        QMenu *menu = page().layoutMenu();
        Q_EMIT menu->aboutToShow();
        QMenu *colours = nullptr;
        for (QAction *action : menu->actions()) {
            colours = action->menu() ? action->menu() : colours;
        }
        QVERIFY(colours);
        QVERIFY(colours->actions().size() > 4);
        QAction *last = colours->actions().constLast();
        const QImage before = view().grab().toImage();
        last->trigger();
        QVERIFY(view().grab().toImage() != before);
        QVERIFY(!QSettings().value(u"diff/colours-light"_s).toString().isEmpty());
        shoot(u"colours"_s);
        Q_EMIT menu->aboutToShow();
        QVERIFY(colours->actions().constLast()->isChecked());
        colours->actions().constFirst()->trigger();
        QCOMPARE(view().grab().toImage(), before);
    }

    /// The same pointer leads into A or into B, as the link says; and what is selected makes such a link.
    void aLinkSaysInWhoseTextItsPlaceIs()
    {
        using LinkSide = Search::Link::Side;
        for (const LinkSide side : {LinkSide::A, LinkSide::B, LinkSide::A}) {
            Search::Link link = m_session->linkTo(u"playbooks"_s, u"book-1"_s, u"/steps/4/note"_s);
            link.side = side;
            const Result<Search::Link> read = Search::Link::parse(link.toText());
            QVERIFY(read && m_session->goTo(*read));
            QVERIFY(settle());
            QTRY_COMPARE_WITH_TIMEOUT(view().currentPointer(), u"/steps/4/note"_s, patience);
            QCOMPARE(view().currentSide(), side == LinkSide::A ? Side::Left : Side::Right);
            QCOMPARE(m_session->currentLink(), link);
        }
        // Of before there was a side: what no change has at that place is in B.
        const Search::Link old = m_session->linkTo(u"playbooks"_s, u"book-1"_s, u"/steps/1/note"_s);
        QVERIFY(!old.toText().contains(u"side="_s) && m_session->goTo(old));
        QVERIFY(settle());
        QTRY_COMPARE_WITH_TIMEOUT(view().currentPointer(), u"/steps/1/note"_s, patience);
        QCOMPARE(view().currentSide(), Side::Right);
    }

    void tooManyLinesToWrapIsSaid()
    {
        const auto note = [this]() -> QString {
            for (const auto labels = page().findChildren<QLabel *>(); const QLabel *label : labels) {
                if (label->isVisible() && label->text().contains(u"not wrapped"_s)) {
                    return label->text();
                }
            }
            return {};
        };
        QByteArray old = "[\n", now = "[\n";
        for (int i = 0; i <= DiffView::WrapUpTo; ++i) {
            old += "  \"old " + QByteArray::number(i) + "\",\n";
            now += "  \"new " + QByteArray::number(i) + "\",\n";
        }
        view().setDocument(makeDocument(old + "  0\n]\n", now + "  0\n]\n", {}));
        QVERIFY(note().isEmpty()); // nobody asked for it
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
        QVERIFY(view().isWrapped() && view().isWrapHeldBack());
        QVERIFY2(note().contains(u"100,000"_s), qPrintable(note()));
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
        QVERIFY(!view().isWrapped() && note().isEmpty());
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
        openEntity(u"book-1"_s); // few lines: wrapped as asked
        QVERIFY(view().isWrapped() && !view().isWrapHeldBack() && note().isEmpty());
        QTest::keyClick(&view(), Qt::Key_Z, Qt::AltModifier);
    }

    void theEventLoopIsNeverHeldUp()
    {
        WatchedApplication &app = WatchedApplication::self();
        double worst = 1e9;
        QString broken;
        for (int round = 0; round < 3; ++round) { // the first makes fonts and pages once; of the others the calmer counts
            app.startWatching();
            goAround();
            app.isWatching = false;
            if (round > 0 && app.worst().ms < worst) {
                worst = app.worst().ms;
                broken = app.broken();
            }
        }
        QVERIFY2(broken.isEmpty(), qPrintable(broken));
    }

private:
    [[nodiscard]] DiffPage &page() const { return m_window->diff(); }
    [[nodiscard]] DiffView &view() const { return *m_window->diff().view(); }

    bool settle()
    {
        return QTest::qWaitFor(
            [this] {
                return m_session->isSettled() && !m_session->isOpening() && !m_session->isComputing() && m_window->changes().isSettled()
                    && QThreadPool::globalInstance()->activeThreadCount() == 0;
            },
            patience);
    }

    void openEntity(const QString &entity)
    {
        for (int i = 0; i < m_session->findings()->findings.size(); ++i) {
            if (m_session->findings()->findings.at(i).judged.change.entity == entity) {
                QSignalSpy shown(&page(), &DiffPage::documentShown);
                m_session->setCurrentFinding(-1);
                m_session->setCurrentFinding(i);
                QVERIFY(shown.count() > 0 || shown.wait(patience));
                QVERIFY(settle());
                view().setFocus();
                return;
            }
        }
        QFAIL("no such change");
    }

    /// By the keyboard, in the list of changes.
    void openDomain(const QString &domain)
    {
        QTreeView *list = m_window->changes().view();
        const ChangeTree &tree = m_window->changes().model()->tree();
        for (int row = 0; row < tree.rows.size(); ++row) {
            const ChangeRow &one = tree.rows.at(row);
            if (one.kind == ChangeRow::Kind::Domain
                && m_session->findings()->findings.at(tree.rows.at(one.children.constFirst()).finding).judged.change.domain == domain) {
                QSignalSpy shown(&page(), &DiffPage::documentShown);
                const QModelIndex index = m_window->changes().model()->indexOfRow(row);
                for (QModelIndex above = index.parent(); above.isValid(); above = above.parent()) {
                    list->expand(above);
                }
                list->setFocus();
                list->setCurrentIndex(index);
                QTest::keyClick(list, Qt::Key_Return);
                QVERIFY(shown.count() > 0 || shown.wait(patience));
                QVERIFY(settle());
                view().setFocus();
                return;
            }
        }
        QFAIL("no such domain");
    }

    [[nodiscard]] int yOf(int row) const
    {
        return view().folded().indexOfRow(row) * view().rowHeight() - view().verticalScrollBar()->value() + view().rowHeight() / 2;
    }

    void shoot(const QString &name)
    {
        const QString folder = qEnvironmentVariable("ORGTRACE_SHOTS");
        if (folder.isEmpty()) {
            return;
        }
        QDir().mkpath(folder);
        for (const bool dark : {true, false}) {
            Theme::apply(dark ? Theme::Scheme::Dark : Theme::Scheme::Light);
            QCoreApplication::processEvents();
            QPixmap picture = m_window->grab();
            if (QWidget *popup = QApplication::activePopupWidget()) {
                QPainter painter(&picture);
                painter.drawPixmap(m_window->mapFromGlobal(popup->pos()), popup->grab());
            }
            picture.save(QDir(folder).filePath(u"diff-"_s + name + (dark ? u"-dark.png"_s : u"-light.png"_s)));
        }
    }

    void goAround()
    {
        const auto step = [this](auto what) {
            QMetaObject::invokeMethod(m_window.get(), what, Qt::QueuedConnection);
            QCoreApplication::processEvents();
            QVERIFY(settle());
        };
        openEntity(u"book-1"_s);
        for (int i = 0; i < 4; ++i) {
            step([this] { view().nextChange(); });
        }
        step([this] { view().setOneColumn(true); });
        step([this] { view().setOneColumn(false); });
        step([this] { view().setWrapped(true); });
        step([this] { view().setWrapped(false); });
        step([this] { view().copyValue(); });
        openDomain(u"rooms"_s);
        step([this] { view().unfoldAll(); });
        for (int i = 0; i <= 20; ++i) {
            step([this, i] { view().verticalScrollBar()->setValue(int(qint64(view().verticalScrollBar()->maximum()) * i / 20)); });
        }
        step([this] { page().findBar()->open(); });
        step([this] { page().findBar()->setText(u"room 19"_s); });
        step([this] { page().findBar()->dismiss(); });
        step([this] { view().foldAll(); });
        for (int i = 0; i < 10; ++i) {
            step([this] { view().nextChange(); });
        }
        step([this] { view().copySide(); });
    }

    PlaybookStore m_store;
    SystemClock m_clock;
    QTemporaryDir m_settings;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    QCoreApplication::setOrganizationName(u"orgtrace-test"_s);
    QCoreApplication::setApplicationName(u"tst_diffpage"_s);
    Theme::apply(Theme::Scheme::Light);
    TestDiffPage test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_diffpage.moc"
