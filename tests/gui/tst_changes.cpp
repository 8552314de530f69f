#include "changes/changesmodel.h"
#include "changes/changespage.h"
#include "changes/changessample.h"
#include "changes/facetstrip.h"
#include "session/session.h"
#include "session/smallstore.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QClipboard>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTreeView>
#include <QWindow>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass

/// A hundred thousand changes in a hundred and twenty domains, most of them in one.
Session::Findings veryMany()
{
    auto range = std::make_shared<Operations::RangeFindings>(sampleFindings());
    const Report::Finding one = range->findings.at(1);
    range->findings.clear();
    range->findings.reserve(100'000);
    for (int i = 0; i < 100'000; ++i) {
        range->findings.append(one);
        Compare::EntityChange &change = range->findings.last().judged.change;
        change.entity = u"id-%1"_s.arg(i);
        change.name = u"queue %1"_s.arg(i * 7919 % 100'000);
        change.domain = i % 3 == 0 ? u"domain-%1"_s.arg(i % 120) : u"queues"_s;
        range->findings.last().judged.verdict.severity = static_cast<Policy::Severity>(i % 1000 == 0     ? 3
                                                                                           : i % 50 == 0 ? 2
                                                                                           : i % 5 == 0  ? 1
                                                                                                         : 0);
    }
    return range;
}

} // namespace

/// The change list in a real window, by mouse and keys.
class TestChanges : public QObject
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
        m_page = std::make_unique<ChangesPage>(*m_session);
        m_page->resize(320, 800);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        m_page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
        m_session->openStore(m_store.folder());
        QVERIFY(settle());
        m_session->showFindings(std::make_shared<const Operations::RangeFindings>(sampleFindings()));
        QVERIFY(settle());
        QCOMPARE(m_page->model()->tree().shown, 5);
    }

    void cleanup()
    {
        m_page.reset();
        m_session.reset();
    }

    void aMistakeIsSaidBeneathTheField()
    {
        FilterField *field = m_page->filterField();
        field->setFocus();
        QTest::keyClicks(field, u"severity:hgh"_s);
        QVERIFY2(m_page->mistakeText().contains(u"Did you mean high?"_s), qPrintable(m_page->mistakeText()));
        const auto labels = m_page->findChildren<QLabel *>();
        const auto shown = std::ranges::find_if(
            labels, [&](const QLabel *label) { return label->isVisible() && label->text() == m_page->mistakeText(); });
        QVERIFY(shown != labels.end());
        QVERIFY((*shown)->mapTo(m_page.get(), QPoint()).y() > field->geometry().bottom());
        QVERIFY(field->accessibleDescription().contains(u"high"_s));
        QCOMPARE(m_page->model()->tree().shown, 5); // it hides nothing
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(field, Qt::Key_Backspace);
        }
        QTest::keyClicks(field, u"high"_s);
        QVERIFY(m_page->mistakeText().isEmpty() && !(*shown)->isVisible());
        field->clear();
        QTest::keyClicks(field, u"severity:hgh ki"_s);
        QVERIFY(field->isOffering() && (*shown)->isVisible()); // what is offered leaves the mistake free
        QVERIFY(!field->offer()->geometry().intersects((*shown)->geometry()));
        QVERIFY(!field->offer()->geometry().intersects(field->geometry()));
        field->clear();
        field->insert(u"severity:high"_s);
        QCOMPARE(m_page->model()->tree().shown, 2);
    }

    void completionByKeys()
    {
        FilterField *field = m_page->filterField();
        field->setFocus();
        QTest::keyClicks(field, u"ki"_s);
        QVERIFY(field->isOffering());
        QVERIFY(field->hasFocus()); // the offer takes no focus
        QTest::keyClick(field, Qt::Key_Tab);
        QCOMPARE(field->text(), u"kind:"_s);
        QVERIFY(field->isOffering()); // and goes on with the values
        QCOMPARE(field->offer()->count(), 4);
        QTest::keyClick(field, Qt::Key_Down);
        QTest::keyClick(field, Qt::Key_Down);
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(field->text(), u"kind:removed "_s);
        QVERIFY(!field->isOffering());
        QCOMPARE(m_page->model()->tree().shown, 1);
        QTest::keyClicks(field, u"dom"_s);
        QVERIFY(field->isOffering());
        QTest::keyClick(field, Qt::Key_Escape); // puts the offer away, the text stays
        QVERIFY(!field->isOffering());
        QCOMPARE(field->text(), u"kind:removed dom"_s);
        QTest::keyClick(field, Qt::Key_Escape);
        QCOMPARE(field->text(), QString());
    }

    void completionByMouse()
    {
        FilterField *field = m_page->filterField();
        field->setFocus();
        QTest::keyClicks(field, u"domain:que"_s);
        QVERIFY(field->isOffering());
        QListWidget *offer = field->offer();
        QVERIFY(m_page->rect().contains(offer->geometry()));
        QTest::mouseClick(offer->viewport(), Qt::LeftButton, {}, offer->visualItemRect(offer->item(0)).center());
        QCOMPARE(field->text(), u"domain:queues "_s);
        QVERIFY(field->hasFocus());
        QCOMPARE(m_page->model()->tree().shown, 2);
    }

    void facetsByMouseAndKeys()
    {
        QVERIFY(!m_page->facets()->isVisible());
        QTest::mouseClick(m_page->facetsButton(), Qt::LeftButton);
        QVERIFY(m_page->facets()->isVisible());
        QPushButton *high = m_page->facets()->button(u"severity"_s, u"high"_s);
        QVERIFY(high && high->accessibleName().contains(u"2 changes"_s));
        QTest::mouseClick(high, Qt::LeftButton);
        QCOMPARE(m_page->filterField()->text(), u"severity:high"_s);
        QCOMPARE(m_page->model()->tree().shown, 2);
        QPushButton *low = m_page->facets()->button(u"severity"_s, u"low"_s);
        QVERIFY(low && low->isVisible()); // the others of the same key stay, with what they would add
        low->setFocus();
        QTest::keyClick(low, Qt::Key_Space);
        QCOMPARE(m_page->filterField()->text(), u"severity:high,low"_s);
        QCOMPARE(m_page->model()->tree().shown, 4);
        QVERIFY(m_page->facets()->button(u"severity"_s, u"low"_s)->isChecked());
        QTest::mouseClick(m_page->facets()->button(u"severity"_s, u"high"_s), Qt::LeftButton);
        QCOMPARE(m_page->filterField()->text(), u"severity:low"_s);
        QTest::mouseClick(m_page->facets()->button(u"domain"_s, u"=users"_s), Qt::LeftButton, Qt::AltModifier);
        QCOMPARE(m_page->model()->tree().shown, 1);
        QTest::mouseClick(m_page->facetsButton(), Qt::LeftButton);
        QVERIFY(!m_page->facets()->isVisible());
    }

    void undoAndRedoOfFilters()
    {
        FilterField *field = m_page->filterField();
        QTreeView *view = m_page->view();
        m_page->activateWindow();
        selectRows({1, 2});
        field->setFocus();
        QTest::keyClicks(field, u"queues kind:removed"_s);
        QCOMPARE(m_page->model()->tree().shown, 1);
        QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(field->text(), u"queues"_s);
        QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(field->text(), QString());
        QCOMPARE(m_page->chosenFindings(), (QList<int>{2, 1})); // with the selection of then
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTest::keyClick(view, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(field->text(), u"queues kind:removed"_s);
        QTest::keyClick(view, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier); // nothing further
        QCOMPARE(m_page->model()->tree().shown, 1);
        QTest::keyClick(view, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(field->text(), u"queues"_s);
    }

    void whatWasTypedAndRubbedOutIsNoStep()
    {
        FilterField *field = m_page->filterField();
        field->setText(u"severity:high"_s); // as a facet does
        field->setFocus();
        QTest::keyClicks(field, u"s"_s);
        QTest::keyClick(field, Qt::Key_Backspace);
        QCOMPARE(field->text(), u"severity:high"_s);
        QTest::keyClick(field, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(field->text(), QString());
        QCOMPARE(m_page->model()->tree().shown, 5);
    }

    void whatCannotBeComparedIsNotCopiedAsAnother()
    {
        click(1, {});
        QCOMPARE(m_page->chosenFindings(), QList<int>{1});
        const QList<ChangeRow> &rows = m_page->model()->tree().rows;
        const auto unknown = std::ranges::find_if(rows, [](const ChangeRow &row) { return row.kind == ChangeRow::Kind::NotComparableRow; });
        QVERIFY(unknown != rows.end());
        const QModelIndex index = m_page->model()->indexOfRow(static_cast<int>(unknown - rows.begin()));
        m_page->view()->expand(index.parent());
        m_page->view()->setFocus();
        m_page->view()->setCurrentIndex(index);
        QVERIFY(m_page->chosenFindings().isEmpty());
        QTest::keyClick(m_page->view(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(m_page->noteText(), u"Nothing is selected."_s);
    }

    void selectingSeveralAndCopying()
    {
        QTreeView *view = m_page->view();
        view->setFocus();
        click(1, {});
        click(2, Qt::ControlModifier);
        QCOMPARE(m_page->chosenFindings(), (QList<int>{2, 1}));
        click(0, {});
        click(1, Qt::ShiftModifier); // in reading order: 0, Role grants' end, High, Queues, 2, 1
        QCOMPARE(m_page->chosenFindings(), (QList<int>{0, 2, 1}));
        const auto labels = m_page->findChildren<QLabel *>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel *label) {
            return label->accessibleName().contains(u"3 selected"_s) || label->text().contains(u"3 selected"_s);
        }));
        QTest::keyClick(view, Qt::Key_C, Qt::ControlModifier);
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY2(text.contains(u"Contractors"_s) && text.contains(u"(q1)"_s) && text.contains(u"Archive"_s), qPrintable(text));
        QCOMPARE(m_page->noteText(), u"3 changes copied as text."_s);
        QTest::keyClick(view, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(m_page->chosenFindings().size(), 5);
        const auto copyBy = [&](const QString &name) {
            for (QAction *action : m_page->listMenu()->actions()) {
                if (action->text() == name) {
                    action->trigger();
                }
            }
            return QGuiApplication::clipboard()->text();
        };
        QVERIFY(copyBy(u"Copy as JSON"_s).contains(u"\"link\": \"orgtrace://"_s + storeId() + u'/'));
        QVERIFY(copyBy(u"Copy as Markdown table"_s).startsWith(u"| severity |"_s));
        QCOMPARE(copyBy(u"Copy ids"_s).split(u'\n').first(2), (QStringList{u"g1"_s, u"q2"_s}));
        QVERIFY(copyBy(u"Copy names"_s).contains(u"Billing Tier 2"_s));
        QVERIFY(copyBy(u"Copy link"_s).contains(u"orgtrace://"_s + storeId() + u'/'));
    }

    void anotherRangeForgetsTheSelection()
    {
        m_page->selectAllChanges();
        QCOMPARE(m_page->chosenFindings().size(), 5);
        m_session->showFindings(std::make_shared<const Operations::RangeFindings>(sampleFindings()));
        QVERIFY(settle());
        QCOMPARE(m_page->chosenFindings(), QList<int>()); // the same numbers are other changes
        m_page->copyChosen(ChangeFormat::Text);
        QCOMPARE(m_page->noteText(), u"Nothing is selected."_s);
    }

    void exportingToAFile_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("CSV") << static_cast<int>(ChangeFormat::Csv) << QByteArray("\"queues\",\"q1\",\"Billing Tier 2\"");
        QTest::newRow("JSON") << static_cast<int>(ChangeFormat::Json) << QByteArray("\"entity\": \"q1\"");
    }
    void exportingToAFile()
    {
        QFETCH(int, format);
        QFETCH(QByteArray, part);
        QTemporaryDir folder;
        m_page->selectAllChanges();
        m_page->exportChosen(static_cast<ChangeFormat>(format), folder.filePath(u"out"_s));
        QVERIFY(settle());
        QCOMPARE(m_page->noteText(), u"5 changes written to out."_s);
        QFile file(folder.filePath(u"out"_s));
        QVERIFY(file.open(QIODevice::ReadOnly) && file.readAll().contains(part));
        m_page->exportChosen(static_cast<ChangeFormat>(format), folder.filePath(u"no/such/folder"_s));
        QVERIFY(settle());
        QVERIFY2(m_page->noteText().contains(u"was not written"_s), qPrintable(m_page->noteText()));
    }

    void draggedOutAsTextAndLink()
    {
        const ChangesModel *model = m_page->model();
        const std::unique_ptr<QMimeData> data(model->mimeData({model->indexOfRow(model->tree().rowOfFinding(0))}));
        QVERIFY(data && data->text().contains(u"Contractors"_s));
        const QString link = QString::fromUtf8(data->data(u"text/uri-list"_s)).trimmed();
        QCOMPARE(link,
                 QString(u"orgtrace://"_s + storeId() + u'/' + m_session->idB() + u"/grants/g1?from="_s + m_session->idA()
                         + u"#/grants/%5Brole%3D67fe0000-0000-4000-8000-000000004702%2Cdivision%3D%2A%5D"_s));
        const std::unique_ptr<QMimeData> group(model->mimeData({model->indexOfRow(model->tree().top.at(1))}));
        QVERIFY(group && group->text().contains(u"Archive"_s) && group->text().contains(u"Billing"_s));
        QCOMPARE(group->data(u"text/uri-list"_s).count("orgtrace://"), 2);
    }

    /// With events of the window system, in Qt's own drag loop: pressed in the list, moved over another window, let go there.
    void draggedWithTheMouseOntoATextField()
    {
        if (QGuiApplication::platformName() != u"xcb"_s) {
            QSKIP("drag and drop between windows needs an X server");
        }
        QPlainTextEdit target;
        target.setGeometry(m_page->frameGeometry().right() + 40, m_page->y(), 400, 300);
        target.show();
        QVERIFY(QTest::qWaitForWindowExposed(&target));
        QTreeView *list = m_page->view();
        const QModelIndex index = m_page->model()->indexOfRow(m_page->model()->tree().rowOfFinding(0));
        list->scrollTo(index);
        const QPoint from = list->viewport()->mapTo(m_page.get(), list->visualRect(index).center());
        const QPoint to = target.geometry().center() - m_page->geometry().topLeft();
        QWindow *window = m_page->windowHandle();
        bool wasInLoop = false;
        QTest::mousePress(window, Qt::LeftButton, {}, from);
        // The loop of the drag begins within a movement: what follows is queued before it, and ends it whatever happens.
        QMetaObject::invokeMethod(
            m_page.get(),
            [&] {
                wasInLoop = true;
                QTest::mouseMove(window, (from + to) / 2);
                QTest::mouseMove(window, to);
                QTest::mouseRelease(window, Qt::LeftButton, {}, to);
            },
            Qt::QueuedConnection);
        QTest::mouseMove(window, from + QPoint(2 * QApplication::startDragDistance(), 0));
        QVERIFY(wasInLoop);
        QVERIFY2(target.toPlainText().contains(u"Contractors"_s), qPrintable(target.toPlainText()));
        QCOMPARE(m_page->model()->tree().shown, 5); // dragged as a copy: the list keeps it
    }

    void linksAreEscaped()
    {
        Report::Finding finding = sampleFindings().findings.at(1);
        finding.judged.change.entity = u"a/b?c#d ü"_s;
        finding.judged.change.fields[0].pointer = u"/x~1y/\n"_s;
        const QString link = m_page->changeLink(finding);
        QVERIFY2(link.contains(u"/queues/a%2Fb%3Fc%23d%20%C3%BC?from="_s) && link.endsWith(u"#/x~1y/%0A"_s), qPrintable(link));
        const Result<Search::Link> read = Search::Link::parse(link);
        QVERIFY(read);
        QCOMPARE(read->entity, finding.judged.change.entity);
        QCOMPARE(read->pointer, finding.judged.change.fields[0].pointer);
    }

    void groupingByTheMenu()
    {
        QMenu *menu = m_page->groupingButton()->menu();
        QCOMPARE(menu->actions().size(), 5);
        QStringList heads;
        for (QAction *action : menu->actions()) {
            action->trigger();
            QVERIFY(settle());
            heads.append(m_page->model()->index(0, 0).data().toString());
            QVERIFY(m_page->groupingButton()->text().startsWith(action->text()));
            QCOMPARE(m_page->model()->tree().shown, 5);
        }
        QCOMPARE(heads,
                 (QStringList{u"Critical"_s, u"Authentication settings"_s, u"Changed in one domain"_s, u"Removed"_s, u"admin-04"_s}));
        m_session->setCurrentFinding(1); // the list follows, whatever it is grouped by
        QCOMPARE(m_page->model()->row(m_page->view()->currentIndex())->finding, 1);
    }

    void aHundredThousandChangesWithoutAStutter()
    {
        auto *app = static_cast<WatchedApplication *>(QCoreApplication::instance());
        const Session::Findings many = veryMany();
        const Session::Findings few = std::make_shared<const Operations::RangeFindings>(sampleFindings());
        QMap<QString, WatchedApplication::Slowest> steps;
        const auto step = [&](const char *name, auto what) {
            app->step = QString::fromLatin1(name);
            QMetaObject::invokeMethod(m_page.get(), what, Qt::QueuedConnection);
            QCoreApplication::processEvents();
            QVERIFY(settle());
            QCoreApplication::processEvents();
        };
        // A step that is slow is slow each time; one that a neighbour on the same core disturbed is not. So each step's quickest round counts.
        for (int round = 0; round < 4; ++round) {
            app->startWatching();
            app->isWatching = round > 0; // styles, fonts and menus are made once
            step("list shown", [&] { m_session->showFindings(many); });
            QCOMPARE(m_page->model()->tree().shown, 100'000);
            step("next change", [&] { m_page->selectNext(1); });
            step("facets shown", [&] { m_page->setFacetsShown(true); });
            step("filter typed", [&] { m_page->filterField()->setText(u"queue 5 severity:>=medium path:/routing*"_s); });
            step("filter undone", [&] { m_page->undoFilter(); });
            step("by domain", [&] { m_page->setGrouping(ChangeGrouping::Domain); });
            step("by entity", [&] { m_page->setGrouping(ChangeGrouping::Entity); });
            step("by severity", [&] { m_page->setGrouping(ChangeGrouping::Severity); });
            m_page->view()->collapse(m_page->model()->index(3, 0));
            step("the largest group opened", [&] { m_page->view()->expand(m_page->model()->index(3, 0)); });
            step("scrolled", [&] { m_page->view()->scrollToBottom(); });
            step("all selected", [&] { m_page->view()->selectAll(); });
            QCOMPARE(m_page->chosenFindings().size(), 100'000);
            step("filter cleared with a selection", [&] { m_page->filterField()->setText(u"kind:modified"_s); });
            step("facets hidden", [&] { m_page->setFacetsShown(false); });
            step("few again", [&] { m_session->showFindings(few); });
            m_page->filterField()->clear();
            QVERIFY(settle());
            app->isWatching = false;
            for (auto it = app->slowest.cbegin(); it != app->slowest.cend(); ++it) {
                const auto known = steps.constFind(it.key());
                if (known == steps.cend() || it->ms < known->ms) {
                    steps[it.key()] = *it;
                }
            }
        }
        QVERIFY(steps.size() >= 13);
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
            [this] { return m_session->isSettled() && !m_session->isOpening() && !m_session->isComputing() && m_page->isSettled(); },
            patience);
    }

    void click(int finding, Qt::KeyboardModifiers modifiers)
    {
        const QModelIndex index = m_page->model()->indexOfRow(m_page->model()->tree().rowOfFinding(finding));
        m_page->view()->scrollTo(index);
        QTest::mouseClick(m_page->view()->viewport(), Qt::LeftButton, modifiers, m_page->view()->visualRect(index).center());
    }

    void selectRows(const QList<int> &findings)
    {
        Qt::KeyboardModifiers modifiers;
        for (const int finding : findings) {
            click(finding, modifiers);
            modifiers = Qt::ControlModifier;
        }
    }

    [[nodiscard]] QString storeId() const { return m_session->workspace()->store().storeId(); }

    SmallStore m_store;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<ChangesPage> m_page;
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestChanges test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_changes.moc"
