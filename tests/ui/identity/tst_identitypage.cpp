#include "identity/identitypage.h"

#include "identity/identitymodel.h"
#include "theme/theme.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Operations::Workspace;

namespace {

QPushButton *button(const QWidget &of, const QString &text)
{
    for (QPushButton *one : of.findChildren<QPushButton *>()) {
        if (one->text() == text) {
            return one;
        }
    }
    return nullptr;
}

Workspace::Check limitedCheck()
{
    Workspace::Check check;
    check.organisationName = u"Northwind"_s;
    check.subjectName = u"orgtrace-limited"_s;
    check.domains = {{u"users"_s, u"Users"_s, u"People"_s, {}, {}, true, false, false, {}},
                     {u"queues"_s, u"Queues"_s, u"Routing"_s, {u"routing:queue:view"_s}, u"routing:queue:view"_s, true, true, false, {}},
                     {u"dids"_s, u"DIDs"_s, u"Telephony"_s, {u"telephony:plugin:all"_s}, {}, false, false, true, {}}};
    check.partialDivisions = {u"routing:queue:view"_s};
    check.partial.append(
        {u"routing:queue:view"_s, {{u"d1"_s, u"Nordics"_s}}, {{u"d2"_s, u"Home"_s}, {u"d3"_s, u"DACH"_s}}, false, {u"queues"_s}});
    check.canWrite = {u"routing:queue:edit"_s};
    check.leastPrivilege = {u"audits:audit:view"_s, u"routing:queue:view"_s, u"telephony:plugin:all"_s};
    check.leastPrivilegeWriting = {u"telephony:plugin:all"_s};
    return check;
}
} // namespace

/// The page about the own identity: its table, its verdict, the role to copy.
class TestIdentityPage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void identityTable();
    void identityPage();
};

void TestIdentityPage::identityTable()
{
    IdentityModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCheck(limitedCheck());
    const auto text = [&model](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(text(0, IdentityModel::HeldColumn), u"needs no permission"_s);
    QCOMPARE(text(1, IdentityModel::HeldColumn), u"only in Nordics; not in Home, DACH"_s);
    QCOMPARE(text(2, IdentityModel::HeldColumn), u"cannot be read"_s);
    QCOMPARE(text(2, IdentityModel::PermissionColumn), u"telephony:plugin:all · the only one; also writes"_s);
    QCOMPARE(text(3, IdentityModel::DomainColumn), u"Audit trail"_s);
    QVERIFY(!model.data(model.index(9, 0), Qt::DisplayRole).isValid());
    QCOMPARE(identityVerdict(limitedCheck()),
             u"Sees 1 of 3 domains whole; the list of 1 may be shorter than the truth, without any error; 1 cannot be read."_s);
    Workspace::Check whole = limitedCheck();
    whole.domains.resize(1);
    QCOMPARE(identityVerdict(whole), u"Sees all 1 domains whole."_s);
    Workspace::Check inEach = limitedCheck();
    inEach.domains[1].isShortened = false;
    inEach.domains[1].missesNewDivisions = true;
    model.setCheck(inEach);
    QCOMPARE(text(1, IdentityModel::HeldColumn), u"in each division there is: new divisions will not be seen"_s);
    QCOMPARE(identityVerdict(inEach), u"Sees 2 of 3 domains whole; 1 cannot be read."_s);
}

void TestIdentityPage::identityPage()
{
    IdentityPage page;
    page.resize(1300, 700);
    page.show();
    page.showAsking(u"Northwind"_s);
    QVERIFY(page.isAsking() && !button(page, u"Check again"_s)->isEnabled());
    page.showCheck(limitedCheck());
    QVERIFY(!page.isAsking() && page.verdict().startsWith(u"Sees 1 of 3"_s));
    auto *table = page.findChild<QTableView *>();
    QCOMPARE(table->model()->index(0, 0).data().toString(), u"DIDs"_s); // trouble first
    QTest::mouseClick(button(page, u"Copy the list"_s), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"audits:audit:view\nrouting:queue:view\ntelephony:plugin:all"_s);
    page.showCheck(limitedCheck()); // again: nothing is left of before, Copy is there
    QVERIFY(button(page, u"Copy the list"_s)->isVisible());
    QSignalSpy again(&page, &IdentityPage::againRequested), closed(&page, &IdentityPage::closeRequested);
    page.showError(Error{ErrorCode::WrongSecret, {}, {}});
    QVERIFY(page.verdict().contains(u"secret is wrong"_s) && !table->isVisible());
    QTest::mouseClick(button(page, u"Check again"_s), Qt::LeftButton);
    QTest::keyClick(&page, Qt::Key_Escape);
    QCOMPARE(again.count() + closed.count(), 2);
}

int main(int argc, char *argv[])
{
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestIdentityPage test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_identitypage.moc"
