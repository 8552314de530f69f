#include "base/clock.h"
#include "credentials/credentialstore.h"
#include "diff/diffpage.h"
#include "diff/diffview.h"
#include "diff/rawbar.h"
#include "mainwindow/mainwindow.h"
#include "operations/workspace.h"
#include "sandbox/generate.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "theme/theme.h"
#include "watchedapplication.h"

#include <QApplication>
#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <QTimeZone>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {
constexpr int patience = 90'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// What was received, beside what was normalised: two captures of the simulated organisation, looked at in a real window. ORGTRACE_SHOTS=DIR keeps pictures.
class TestDiffRaw : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aReasonUnsealsBothSides()
    {
        QTemporaryDir folder;
        const QString store = folder.filePath(u"store"_s);
        ManualClock clock;
        SystemClock systemClock;
        const auto credentials = Credentials::memoryStore();
        Sandbox::Settings settings;
        settings.users = 80;
        Sandbox::Server sandbox(settings);
        const Result<void> listening = sandbox.listen();
        QVERIFY2(listening, listening ? "" : qPrintable(listening.error().detail));
        sandbox.moveTo(QDateTime(QDate(2026, 10, 17), QTime(0, 0), QTimeZone::UTC));
        clock.setNowUtc(sandbox.nowUtc());
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
            QVERIFY(QCoro::waitFor((*workspace)->addOrganisation(organisation, Credentials::Secret::take(secret))));
            for (const int day : {17, 21}) {
                sandbox.moveTo(QDateTime(QDate(2026, 10, day), QTime(0, 0), QTimeZone::UTC));
                clock.setNowUtc(sandbox.nowUtc());
                const auto outcome = QCoro::waitFor((*workspace)->capture(u"nw"_s, {u"queues"_s, u"roles"_s, u"groups"_s}, {}, {}));
                QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
            }
        }
        Session session(clock, *credentials);
        MainWindow window(session, systemClock);
        window.resize(1440, 900);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.activateWindow();
        session.openStore(store);
        const auto settle = [&] {
            return QTest::qWaitFor(
                [&] {
                    return session.isSettled() && !session.isOpening() && !session.isComputing()
                        && QThreadPool::globalInstance()->activeThreadCount() == 0;
                },
                patience);
        };
        QVERIFY(settle());
        QVERIFY(session.findings());
        int chosen = -1;
        for (int i = 0; i < session.findings()->findings.size() && chosen < 0; ++i) {
            const Compare::EntityChange &change = session.findings()->findings.at(i).judged.change;
            chosen = change.kind == Compare::ChangeKind::Modified && change.previousEntity.isEmpty() ? i : -1;
        }
        QVERIFY(chosen >= 0);
        session.setCurrentFinding(chosen);
        QVERIFY(settle());
        DiffView &view = *window.diff().view();
        QTRY_VERIFY_WITH_TIMEOUT(view.document(), patience);
        const QByteArray normalised = view.document()->right.text();
        view.setFocus();
        WatchedApplication::self().startWatching(); // from here on the simulated organisation, which lives in this thread, is not asked
        QTest::keyClick(&view, Qt::Key_V, Qt::AltModifier);
        RawBar &bar = *window.diff().rawBar();
        QTRY_VERIFY(bar.isVisible() && bar.field()->hasFocus());
        QTest::keyClicks(bar.field(), u"ticket 4711"_s);
        QTest::keyClick(bar.field(), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(
            bar.sentence().contains(u"activity log"_s) && view.document() && view.document()->right.text() != normalised, patience);
        QVERIFY(settle());
        QVERIFY(view.document()->right.text().contains("selfUri")); // what normalising takes away
        QVERIFY(!normalised.contains("selfUri"));
        QVERIFY(!view.document()->left.text().isEmpty());
        QFile log(QDir(store).filePath(u"activity.log"_s));
        QVERIFY(log.open(QIODevice::ReadOnly));
        const QByteArray entries = log.readAll();
        QCOMPARE(entries.count("\"show-raw\""), 2); // one look at each side
        QCOMPARE(entries.count("ticket 4711"), 2);
        if (const QString shots = qEnvironmentVariable("ORGTRACE_SHOTS"); !shots.isEmpty()) {
            for (const bool dark : {true, false}) {
                Theme::apply(dark ? Theme::Scheme::Dark : Theme::Scheme::Light);
                QCoreApplication::processEvents();
                window.grab().save(QDir(shots).filePath(dark ? u"diff-received-dark.png"_s : u"diff-received-light.png"_s));
            }
        }
        QTest::keyClick(&bar, Qt::Key_Escape);
        QVERIFY(settle());
        QTRY_VERIFY_WITH_TIMEOUT(view.document() && view.document()->right.text() == normalised, patience);
        QVERIFY(!bar.isVisible());
        WatchedApplication::self().isWatching = false;
        const QString broken = WatchedApplication::self().broken();
        QVERIFY2(broken.isEmpty(), qPrintable(broken));
    }
};

int main(int argc, char *argv[])
{
    WatchedApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestDiffRaw test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_diffraw.moc"
