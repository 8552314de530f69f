#include "session/session.h"
#include "smallstore.h"
#include "json/canonical.h"

#include <QSignalSpy>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 30'000; // an upper bound for a loaded machine; nothing waits for it to pass

bool waitSettled(Session &session)
{
    return QTest::qWaitFor([&] { return session.isSettled() && !session.isOpening() && !session.isComputing(); }, patience);
}

} // namespace

class TestSession : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const Result<void> made = m_store.make();
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
    }

    void aFolderThatIsNoStoreIsSaidAndNothingIsOpen()
    {
        Session session(m_store.clock, *m_store.credentials);
        QSignalSpy failed(&session, &Session::failed);
        QSignalSpy opened(&session, &Session::storeOpened);
        session.openStore(QDir::tempPath() + u"/no such folder"_s);
        QVERIFY(session.isOpening());
        QVERIFY(waitSettled(session));
        QCOMPARE(failed.count(), 1);
        QCOMPARE(failed.constFirst().constFirst().value<Error>().code, ErrorCode::NotAStore);
        QCOMPARE(opened.count(), 0);
        QVERIFY(!session.isOpen());
        QVERIFY(!session.isOpening());
    }

    void openingShowsTheLastTwoSnapshots()
    {
        Session session(m_store.clock, *m_store.credentials);
        QSignalSpy opened(&session, &Session::storeOpened);
        QSignalSpy failed(&session, &Session::failed);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed.constFirst().constFirst().value<Error>().detail));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(session.timeline().size(), 5);
        QCOMPARE(session.indexOf(session.idA()), 3);
        QCOMPARE(session.indexOf(session.idB()), 4);
        QCOMPARE(session.organisationNames(), QStringList{u"testland"_s});
        QVERIFY(session.findings() != nullptr);
        QVERIFY(session.areTicksComplete());
        QCOMPARE(session.tick(session.timeline().at(0).id).changes, 0);
        QCOMPARE(session.tick(session.timeline().at(1).id).changes, 2);
        QCOMPARE(session.tick(session.timeline().at(2).id).changes, 4); // two queues, a group, a grant
        QVERIFY(session.tick(session.timeline().at(2).id).worst > session.tick(session.timeline().at(1).id).worst);
        QVERIFY(session.proof().has_value());
        QVERIFY(!session.proof()->error);
        QVERIFY(session.proof()->problems.isEmpty());
    }

    void lateAnswersAreDropped()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        int answers = 0;
        connect(&session, &Session::findingsChanged, this, [&] { answers += session.findings() != nullptr; });
        QSignalSpy failed(&session, &Session::failed);
        const auto id = [&](int at) { return session.timeline().at(at).id; };
        session.setRange(id(0), id(1));
        session.setRange(id(0), id(2));
        session.setRange(id(2), id(0)); // the same the other way round: no change
        session.setRange(id(1), id(4));
        session.setRange(id(0), id(3));
        QVERIFY(session.isComputing());
        QVERIFY(session.findings() == nullptr);
        QVERIFY(waitSettled(session));
        QCOMPARE(answers, 1);
        QVERIFY(failed.isEmpty()); // a comparison that was overtaken is no failure
        QCOMPARE(session.findings()->difference.from.id, id(0));
        QCOMPARE(session.findings()->difference.to.id, id(3));
    }

    void closingDropsWhatIsStillRunning()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        session.setRange(session.timeline().at(0).id, session.timeline().at(4).id);
        session.requestEntityTexts(u"queues"_s, u"queue-0"_s);
        session.requestAccessModel(session.idB());
        QSignalSpy texts(&session, &Session::entityTextsReady);
        QSignalSpy models(&session, &Session::accessModelReady);
        QSignalSpy failed(&session, &Session::failed);
        QSignalSpy ticks(&session, &Session::tickChanged);
        session.closeStore();
        QVERIFY(waitSettled(session));
        QVERIFY(texts.isEmpty() && models.isEmpty() && failed.isEmpty() && ticks.isEmpty());
        QVERIFY(session.findings() == nullptr);
        QVERIFY(session.timeline().isEmpty());
        QVERIFY(session.workspace() == nullptr);
    }

    void destroyingWhileAllRuns()
    {
        auto session = std::make_unique<Session>(m_store.clock, *m_store.credentials);
        session->openStore(m_store.folder());
        QVERIFY(waitSettled(*session));
        session->setRange(session->timeline().at(0).id, session->timeline().at(4).id);
        session->requestAccessModel(session->idA());
        session->reload();
        session.reset(); // waits for its workers; under the sanitizers this tells
        QCoreApplication::processEvents();
    }

    void textsOfBothSides()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        session.setRange(session.timeline().at(0).id, session.timeline().at(4).id);
        QSignalSpy texts(&session, &Session::entityTextsReady);
        const int changed = session.requestEntityTexts(u"queues"_s, u"queue-0"_s);
        const int added = session.requestEntityTexts(u"groups"_s, u"group-2"_s);
        QVERIFY(changed != added);
        QVERIFY(waitSettled(session));
        QCOMPARE(texts.count(), 2);
        for (const QList<QVariant> &answer : texts) {
            const QByteArray oldText = answer.at(1).toByteArray();
            const QByteArray newText = answer.at(2).toByteArray();
            if (answer.at(0).toInt() == changed) {
                QVERIFY(oldText.contains("level 0") && newText.contains("level 4"));
            } else {
                QCOMPARE(answer.at(0).toInt(), added);
                QVERIFY(oldText.isEmpty() && newText.contains("Night shift"));
            }
        }
    }

    void aWholeDomainIsTwoCanonicalLists()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        session.setRange(session.timeline().at(0).id, session.timeline().at(4).id);
        QVERIFY(waitSettled(session));
        QList<Session::TextsPtr> answers;
        QList<int> jobs;
        connect(&session, &Session::textsReady, this, [&](int job, const Session::TextsPtr &texts) {
            jobs.append(job);
            answers.append(texts);
        });
        (void)session.requestDomainTexts(u"queues"_s); // whoever asks for another domain no longer waits for this one
        const int groups = session.requestDomainTexts(u"groups"_s);
        QVERIFY(waitSettled(session));
        QVERIFY(!jobs.isEmpty() && jobs.constLast() == groups);
        const Session::Texts &texts = *answers.constLast();
        QCOMPARE(texts.oldIds, QList<QByteArray>{"group-1"});
        QCOMPARE(texts.newIds, (QList<QByteArray>{"group-1", "group-2"}));
        for (const QByteArray &text : {texts.oldText, texts.newText}) {
            const Result<Json::Document> list = Json::parse({text.constData(), size_t(text.size())});
            QVERIFY(list && list->root().isArray());
            QCOMPARE(Json::canonicalText(list->root()), text);
        }
        QCOMPARE(texts.rulesB.name, u"groups"_s);
        const int nothing = session.requestDomainTexts(u"no such domain"_s);
        QVERIFY(waitSettled(session));
        QCOMPARE(jobs.constLast(), nothing);
        QCOMPARE(answers.constLast()->newText, QByteArray("[]\n"));
    }

    void aDomainOnShowEndsWithTheChoiceOfAChange()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        QVERIFY(!session.findings()->findings.isEmpty());
        session.setCurrentFinding(0);
        QSignalSpy domains(&session, &Session::currentDomainChanged);
        session.setCurrentDomain(u"queues"_s);
        QCOMPARE(session.currentFinding(), -1); // none of its changes is chosen yet
        session.setCurrentFinding(0, true);
        QCOMPARE(session.currentDomain(), u"queues"_s); // chosen inside it
        QCOMPARE(domains.count(), 1);
        session.setCurrentFinding(0); // chosen again, in the list
        QVERIFY(session.currentDomain().isEmpty());
        QCOMPARE(domains.count(), 2);
        QCOMPARE(session.currentFinding(), 0);
    }

    void whatChangedAndIsNotFullyComparableStaysInItsDomain()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        auto range = std::make_shared<Operations::RangeFindings>(*session.findings());
        QVERIFY(std::ranges::any_of(range->difference.changes, [](const auto &one) { return one.entity == u"queue-0"_s; }));
        QVERIFY(std::ranges::none_of(range->difference.changes, [](const auto &one) { return one.entity == u"queue-5"_s; }));
        range->difference.notComparable.append({u"queues"_s, {u"queue-0"_s, u"queue-5"_s, u"queue-none"_s}, u"other keys"_s});
        session.showFindings(range);
        Session::TextsPtr texts;
        connect(&session, &Session::textsReady, this, [&texts](int, const Session::TextsPtr &ready) { texts = ready; });
        (void)session.requestDomainTexts(u"queues"_s);
        QVERIFY(waitSettled(session));
        QVERIFY(texts);
        for (const QList<QByteArray> &ids : {texts->oldIds, texts->newIds}) {
            QVERIFY(ids.contains("queue-0")); // the change list tells of it
            QVERIFY(!ids.contains("queue-5"));
        }
        QCOMPARE(texts->leftOut, QSet<QString>{u"queue-5"_s});
    }

    void aDomainOnShowEndsTheEntityOnShow()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        session.showEntity(u"groups"_s, u"group-1"_s, u"/name"_s);
        QVERIFY(session.shownEntity());
        QSignalSpy shown(&session, &Session::shownEntityChanged);
        session.setCurrentDomain(u"queues"_s);
        QVERIFY(!session.shownEntity());
        QCOMPARE(shown.count(), 1);
        QVERIFY(session.currentPointer().isEmpty());
        QVERIFY(!session.currentLink().hasEntity); // not to what was looked at before
    }

    void accessModelsAreReadOnceAndSharedByAllWhoAsk()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        QList<int> jobs;
        QSet<const Access::AccessModel *> models;
        connect(&session, &Session::accessModelReady, this,
                [&](int job, const QString &, const std::shared_ptr<const Access::AccessModel> &model) {
                    jobs.append(job);
                    models.insert(model.get());
                });
        const int first = session.requestAccessModel(session.idB());
        const int second = session.requestAccessModel(session.idB());
        QVERIFY(jobs.isEmpty()); // never from within the call
        QTRY_COMPARE_WITH_TIMEOUT(jobs, (QList<int>{first, second}), patience);
        const int third = session.requestAccessModel(session.idB());
        QCOMPARE(jobs.size(), 2);
        QTRY_COMPARE_WITH_TIMEOUT(jobs.size(), 3, patience);
        QCOMPARE(jobs.constLast(), third);
        QCOMPARE(models.size(), 1);
    }

    void selectionStaysInsideTheFindings()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        QSignalSpy current(&session, &Session::currentFindingChanged);
        session.setCurrentFinding(99);
        session.setCurrentFinding(-7);
        QVERIFY(current.isEmpty());
        session.setCurrentFinding(0);
        session.setCurrentPointer(u"/description"_s);
        QCOMPARE(session.currentFinding(), 0);
        session.setCurrentFinding(1);
        QCOMPARE(session.currentPointer(), QString());
        session.stepRange(-1);
        QCOMPARE(session.currentFinding(), -1);
        QCOMPARE(current.count(), 3);
        QVERIFY(waitSettled(session));
    }

    void steppingKeepsTheDistanceAndStopsAtTheEnds()
    {
        Session session(m_store.clock, *m_store.credentials);
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        const auto at = [&] { return std::pair(session.indexOf(session.idA()), session.indexOf(session.idB())); };
        session.stepRange(5);
        QCOMPARE(at(), std::pair(3, 4));
        session.stepRange(-1);
        QCOMPARE(at(), std::pair(2, 3));
        session.stepRange(-100);
        QCOMPARE(at(), std::pair(0, 1));
        session.setRange(u"no such snapshot"_s, session.idB());
        QCOMPARE(at(), std::pair(0, 1));
        QVERIFY(waitSettled(session));
    }

    void reportIsWrittenWholeOrNotAtAll()
    {
        Session session(m_store.clock, *m_store.credentials);
        QSignalSpy failed(&session, &Session::failed);
        QSignalSpy written(&session, &Session::reportWritten);
        session.exportReport(m_output.filePath(u"early.html"_s));
        QCOMPARE(failed.count(), 1); // nothing is open
        session.openStore(m_store.folder());
        QVERIFY(waitSettled(session));
        session.exportReport(m_output.filePath(u"report.html"_s));
        QVERIFY(waitSettled(session));
        QCOMPARE(written.count(), 1);
        QFile file(m_output.filePath(u"report.html"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("testland"));
        session.exportReport(m_output.filePath(u"no such folder/report.html"_s));
        QVERIFY(waitSettled(session));
        QCOMPARE(written.count(), 1);
        QCOMPARE(failed.count(), 2);
    }

    void incident_data()
    {
        QTest::addColumn<QString>("ticks"); // c h m l per snapshot, '.' for no change
        QTest::addColumn<int>("a");
        QTest::addColumn<int>("b");
        QTest::newRow("nothing known") << QString() << -1 << -1;
        QTest::newRow("only small things are no incident") << u".lmlm"_s << -1 << -1;
        QTest::newRow("one high among low") << u".l.hl"_s << 2 << 3;
        QTest::newRow("critical wins over high") << u".hhhc."_s << 3 << 4;
        QTest::newRow("the densest run of criticals") << u".hchhhcmcchh"_s << 5 << 9;
        QTest::newRow("of equal runs the later") << u".c...c."_s << 4 << 5;
        QTest::newRow("the first snapshot differs from nothing") << u"c...."_s << -1 << -1;
    }
    void incident()
    {
        QFETCH(QString, ticks);
        QFETCH(int, a);
        QFETCH(int, b);
        QList<Session::Tick> list;
        for (const QChar c : ticks) {
            Session::Tick tick;
            tick.known = true;
            if (c != u'.') {
                tick.worst = c == u'c' ? Policy::Severity::Critical
                    : c == u'h'        ? Policy::Severity::High
                    : c == u'm'        ? Policy::Severity::Medium
                                       : Policy::Severity::Low;
            }
            list.append(tick);
        }
        const auto range = incidentRange(list);
        QCOMPARE(range ? range->first : -1, a);
        QCOMPARE(range ? range->second : -1, b);
    }

    void everyErrorHasItsOwnWords()
    {
        QSet<QString> texts;
        for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
            const QString text = errorText(Error{static_cast<ErrorCode>(code), {}, {}});
            QVERIFY2(text.size() > 15 && text.endsWith(u'.'), qPrintable(text));
            QVERIFY2(!texts.contains(text), qPrintable(text));
            texts.insert(text);
        }
        const QString withDetail = errorText(Error{ErrorCode::Io, u"no space\nleft"_s, u"/a/b"_s});
        QVERIFY(withDetail.contains(u"(no space left)"_s) && withDetail.contains(u"[/a/b]"_s));
        QVERIFY(errorText(Error{ErrorCode::Io, QString(100'000, u'x'), {}}).size() < 1000);
    }

private:
    SmallStore m_store;
    QTemporaryDir m_output;
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
