#include "genesys/redirectlistener.h"

#include <QCoroTask>
#include <QPointer>
#include <QSignalSpy>
#include <QTcpSocket>
#include <QTimer>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Genesys::judgeRedirect;
using Genesys::RedirectListener;
using Genesys::RedirectVerdict;

namespace {
constexpr quint16 Port = 4711;
const QByteArray State = "the-state-of-this-sign-in";
constexpr int Patience = 30'000; // an upper bound for a loaded machine; nothing waits for it to pass

QByteArray request(const QByteArray &target, quint16 port = Port, const QByteArray &method = "GET")
{
    return method + ' ' + target + " HTTP/1.1\r\nHost: localhost:" + QByteArray::number(port) + "\r\nAccept: text/html\r\n\r\n";
}

/// One browser connection by hand: what is sent, and all that comes back until the other side closes.
class Browser
{
public:
    explicit Browser(quint16 port, const QHostAddress &address = QHostAddress::LocalHost)
    {
        m_socket.connectToHost(address, port);
        (void)QTest::qWaitFor(
            [this] {
                return m_socket.state() == QAbstractSocket::ConnectedState || m_socket.error() != QAbstractSocket::UnknownSocketError;
            },
            Patience);
        m_isConnected = m_socket.state() == QAbstractSocket::ConnectedState;
    }
    [[nodiscard]] bool isConnected() const { return m_isConnected; }
    void write(const QByteArray &bytes)
    {
        m_socket.write(bytes);
        m_socket.flush();
    }
    QByteArray answer()
    {
        (void)QTest::qWaitFor([this] { return m_socket.state() == QAbstractSocket::UnconnectedState; }, Patience);
        return m_socket.readAll();
    }
    [[nodiscard]] bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }

private:
    QTcpSocket m_socket;
    bool m_isConnected = false;
};

struct Waiting {
    RedirectListener listener{State};
    CancellationSource cancel;
    QSignalSpy refused{&listener, &RedirectListener::refused};
    std::optional<Result<Credentials::Secret>> outcome;
    std::optional<QCoro::Task<void>> task;

    explicit Waiting(std::chrono::milliseconds timeout = std::chrono::minutes(5))
    {
        const Result<void> listening = listener.listen(0);
        if (listening) {
            task = wait(timeout);
        }
    }
    QCoro::Task<void> wait(std::chrono::milliseconds timeout)
    {
        auto answer = listener.answer(timeout, cancel.token());
        outcome = co_await answer;
    }
    bool hasEnded()
    {
        return QTest::qWaitFor([this] { return outcome.has_value(); }, Patience);
    }
};
} // namespace

/// The loopback listener of a person's sign-in, attacked by everything that a machine's other programs and a browser's other pages can send.
class TestRedirectListener : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void requestsAreJudged_data();
    void requestsAreJudged();
    void thePageEscapesWhatCameFromOutside();
    void theRightAnswerEndsIt();
    void bothLoopbackAddressesAnswer();
    void whatIsNotOursChangesNothing_data();
    void whatIsNotOursChangesNothing();
    void aRequestInPiecesIsRead();
    void aSecondAnswerIsIgnored();
    void sixteenForgeriesEndIt();
    void manyOpenConnectionsDoNotKeepTheBrowserOut();
    void aTakenPortIsSaidSo_data();
    void aTakenPortIsSaidSo();
    void nobodyAnswers();
    void cancelled();
};

void TestRedirectListener::requestsAreJudged_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("expected"); ///< the code, else the error's name, else "ignored" or "refused"
    const auto row = [](const char *name, const QByteArray &head, int status, const QString &expected) {
        QTest::newRow(name) << head << status << expected;
    };
    const QByteArray right = "/?code=abc-123&state=" + State;
    row("the right answer", request(right), 200, u"abc-123"_s);
    row("the order does not matter", request("/?state=" + State + "&code=abc"), 200, u"abc"_s);
    row("an escaped code is unescaped", request("/?code=a%2Bb%3D&state=" + State), 200, u"a+b="_s);
    row("a state that was escaped", request("/?code=abc&state=%74he-state-of-this-sign-in"), 200, u"abc"_s);
    row("more parameters than we know", request(right + "&scope=all&iss=x"), 200, u"abc-123"_s);
    row("by the address", QByteArray("GET " + right + " HTTP/1.1\r\nhost: 127.0.0.1:4711\r\n\r\n"), 200, u"abc-123"_s);
    row("by the other address", QByteArray("GET " + right + " HTTP/1.0\r\nHOST:[::1]:4711\r\n\r\n"), 200, u"abc-123"_s);
    row("the wrong state", request("/?code=abc&state=another"), 400, u"refused"_s);
    row("a state of the right length", request("/?code=abc&state=" + QByteArray(State.size(), 'x')), 400, u"refused"_s);
    row("the beginning of the state", request("/?code=abc&state=" + State.left(5)), 400, u"refused"_s);
    row("an empty state", request("/?code=abc&state="), 400, u"refused"_s);
    row("no state", request("/?code=abc"), 400, u"refused"_s);
    row("the state twice", request("/?code=abc&state=" + State + "&state=" + State), 400, u"refused"_s);
    row("the code twice", request("/?code=abc&code=def&state=" + State), 400, u"refused"_s);
    row("no code", request("/?state=" + State), 200, u"bad-response"_s);
    row("an empty code", request("/?code=&state=" + State), 200, u"bad-response"_s);
    row("a code with a line end", request("/?code=a%0d%0ab&state=" + State), 200, u"bad-response"_s);
    row("a code of many kilobytes", request("/?code=" + QByteArray(5000, 'a') + "&state=" + State), 200, u"bad-response"_s);
    row("the person said no", request("/?error=access_denied&error_description=The+user+said+no&state=" + State), 200,
        u"sign-in-refused"_s);
    row("an error beside a code", request(right + "&error=access_denied"), 200, u"sign-in-refused"_s);
    row("an error without state", request("/?error=access_denied"), 200, u"sign-in-refused"_s);
    row("an error with the wrong state", request("/?error=access_denied&state=x"), 400, u"refused"_s);
    row("nothing asked", request("/"), 400, u"ignored"_s);
    row("something else asked", request("/?q=1"), 400, u"ignored"_s);
    row("another path", request("/favicon.ico"), 404, u"ignored"_s);
    row("the answer at another path", request("/callback?code=abc&state=" + State), 404, u"ignored"_s);
    row("the answer with two slashes", request("//?code=abc&state=" + State), 404, u"ignored"_s);
    row("by POST", request(right, Port, "POST"), 405, u"ignored"_s);
    row("by HEAD", request(right, Port, "HEAD"), 405, u"ignored"_s);
    row("as a proxy", request("http://localhost:4711" + right), 400, u"ignored"_s);
    row("a name that somebody points at this machine", QByteArray("GET " + right + " HTTP/1.1\r\nHost: evil.example:4711\r\n\r\n"), 400,
        u"ignored"_s);
    row("another port's host", QByteArray("GET " + right + " HTTP/1.1\r\nHost: localhost:80\r\n\r\n"), 400, u"ignored"_s);
    row("no host", QByteArray("GET " + right + " HTTP/1.1\r\n\r\n"), 400, u"ignored"_s);
    row("not HTTP", QByteArray("\x16\x03\x01\x02 hello\r\n\r\n"), 400, u"ignored"_s);
    row("a line of one word", QByteArray("GET\r\n\r\n"), 400, u"ignored"_s);
    row("an empty line", QByteArray("\r\n\r\n"), 400, u"ignored"_s);
    row("nothing", QByteArray(), 400, u"ignored"_s);
    row("zero bytes", QByteArray(40, '\0'), 400, u"ignored"_s);
}

void TestRedirectListener::requestsAreJudged()
{
    QFETCH(QByteArray, head);
    QFETCH(int, status);
    QFETCH(QString, expected);
    const RedirectVerdict verdict = judgeRedirect(head, State, Port);
    QString got = u"ignored"_s;
    if (verdict.isAnswer) {
        got = verdict.code.isEmpty() ? errorCodeName(verdict.error.code)
                                     : QString::fromUtf8(verdict.code.view().data(), static_cast<qsizetype>(verdict.code.view().size()));
    } else if (!verdict.refused.isEmpty()) {
        got = u"refused"_s;
    }
    QCOMPARE(got, expected);
    QCOMPARE(verdict.status, status);
}

void TestRedirectListener::thePageEscapesWhatCameFromOutside()
{
    const QByteArray description = QByteArray("<script>alert(1)</script>\r\nX: y\x1b[2J ").toPercentEncoding() + QByteArray(3000, 'z');
    const RedirectVerdict verdict
        = judgeRedirect(request("/?error=bad%3Cb%3E&error_description=" + description + "&state=" + State), State, Port);
    const QByteArray page = Genesys::redirectPage(verdict);
    QVERIFY2(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; X: y"), page.constData());
    QVERIFY(!page.contains("<script") && !page.contains("<b>") && !page.contains('\x1b'));
    QVERIFY(page.size() < 2000);
    QVERIFY(page.contains("\r\nContent-Security-Policy: default-src 'none'"));
    QVERIFY(verdict.error.detail.contains(u"bad<b>"_s)); // plain words for those who do not paint HTML
    QVERIFY(!verdict.error.detail.contains(QChar(0x1b)) && verdict.error.detail.size() < 500);

    const RedirectVerdict untrusted = judgeRedirect(request("/?error=call&error_description=0900-12345"), State, Port);
    QVERIFY(!untrusted.error.detail.contains(u"0900"_s)); // no state: its words could be anybody's
    QVERIFY(!Genesys::redirectPage(untrusted).contains("0900"));

    const RedirectVerdict right = judgeRedirect(request("/?code=the-code&state=" + State), State, Port);
    QVERIFY(Genesys::redirectPage(right).contains("You may close this page"));
    QVERIFY(!Genesys::redirectPage(right).contains("the-code"));
}

void TestRedirectListener::theRightAnswerEndsIt()
{
    Waiting waiting;
    QVERIFY(waiting.listener.isListening());
    Browser browser(waiting.listener.port());
    browser.write(request("/?code=abc&state=" + State, waiting.listener.port()));
    QVERIFY(waiting.hasEnded());
    QVERIFY(waiting.outcome->has_value());
    QCOMPARE((*waiting.outcome)->view(), std::string_view("abc"));
    QVERIFY(!waiting.listener.isListening());
    const QByteArray page = browser.answer();
    QVERIFY2(page.startsWith("HTTP/1.1 200 OK\r\n"), page.constData());
    QVERIFY(page.endsWith("</html>\n"));
    QVERIFY(!Browser(waiting.listener.port()).isConnected());
}

void TestRedirectListener::bothLoopbackAddressesAnswer()
{
    Waiting waiting;
    QTcpServer probe;
    if (!probe.listen(QHostAddress::LocalHostIPv6)) {
        QSKIP("this machine has no ::1");
    }
    Browser browser(waiting.listener.port(), QHostAddress::LocalHostIPv6);
    QVERIFY(browser.isConnected());
    browser.write(request("/?code=abc&state=" + State, waiting.listener.port()));
    QVERIFY(waiting.hasEnded());
    QVERIFY(waiting.outcome->has_value());
}

void TestRedirectListener::whatIsNotOursChangesNothing_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<int>("refusals");
    const QByteArray host = " HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n";
    QTest::newRow("the wrong state") << QByteArray("GET /?code=abc&state=forged" + host) << QByteArray("400") << 1;
    QTest::newRow("another path") << QByteArray("GET /favicon.ico" + host) << QByteArray("404") << 0;
    QTest::newRow("garbage") << QByteArray("\x01\x02\xff\xfe nonsense\r\n\r\n") << QByteArray("400") << 0;
    QTest::newRow("one line of a megabyte") << QByteArray("GET /?code=" + QByteArray(1024 * 1024, 'a')) << QByteArray("431") << 0;
    QTest::newRow("headers without end") << QByteArray("GET / HTTP/1.1\r\n" + QByteArray("A: b\r\n").repeated(50'000)) << QByteArray("431")
                                         << 0;
    QTest::newRow("POST with a body") << QByteArray("POST /?code=abc&state=" + State + host + "code=abc") << QByteArray("405") << 0;
}

void TestRedirectListener::whatIsNotOursChangesNothing()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, status);
    QFETCH(int, refusals);
    Waiting waiting;
    const QByteArray port = QByteArray::number(waiting.listener.port());
    Browser other(waiting.listener.port());
    other.write(bytes.replace("PORT", port));
    const QByteArray page = other.answer();
    if (!page.isEmpty() || status != "431") { // a flood may be cut off before its answer is read
        QVERIFY2(page.startsWith(QByteArray("HTTP/1.1 " + status)), page.left(200).constData());
    }
    QCOMPARE(waiting.refused.count(), refusals);
    QVERIFY(!waiting.outcome);
    QVERIFY(waiting.listener.isListening());

    Browser browser(waiting.listener.port());
    browser.write(request("/?code=abc&state=" + State, waiting.listener.port()));
    QVERIFY(waiting.hasEnded());
    QVERIFY(waiting.outcome->has_value());
}

void TestRedirectListener::aRequestInPiecesIsRead()
{
    Waiting waiting;
    Browser silent(waiting.listener.port()); // connects and says nothing, as browsers do in advance
    QVERIFY(silent.isConnected());
    Browser slow(waiting.listener.port());
    for (const char byte : request("/?code=abc&state=" + State, waiting.listener.port())) {
        slow.write(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    QVERIFY(waiting.hasEnded());
    QVERIFY(waiting.outcome->has_value());
    QVERIFY(slow.answer().startsWith("HTTP/1.1 200"));
}

void TestRedirectListener::aSecondAnswerIsIgnored()
{
    Waiting waiting;
    Browser second(waiting.listener.port());
    QVERIFY(second.isConnected());
    Browser first(waiting.listener.port());
    first.write(request("/?code=first&state=" + State, waiting.listener.port()));
    QVERIFY(waiting.hasEnded());
    second.write(request("/?code=second&state=" + State, waiting.listener.port()));
    const QByteArray page = second.answer();
    QVERIFY2(page.startsWith("HTTP/1.1 410"), page.constData());
    QCOMPARE((*waiting.outcome)->view(), std::string_view("first"));
}

void TestRedirectListener::sixteenForgeriesEndIt()
{
    Waiting waiting;
    for (int i = 0; i < 16; ++i) {
        QVERIFY(!waiting.outcome);
        Browser forger(waiting.listener.port());
        forger.write(request("/?code=abc&state=guess-" + QByteArray::number(i), waiting.listener.port()));
        (void)forger.answer();
    }
    QVERIFY(waiting.hasEnded());
    QCOMPARE(waiting.outcome->error().code, ErrorCode::SignInRefused);
    QVERIFY(waiting.outcome->error().detail.contains(u"wrong state"_s));
}

void TestRedirectListener::manyOpenConnectionsDoNotKeepTheBrowserOut()
{
    Waiting waiting;
    std::vector<std::unique_ptr<Browser>> hoarders;
    for (int i = 0; i < 30; ++i) {
        hoarders.push_back(std::make_unique<Browser>(waiting.listener.port()));
        hoarders.back()->write("GET /?code=");
    }
    Browser browser(waiting.listener.port());
    browser.write(request("/?code=abc&state=" + State, waiting.listener.port()));
    QVERIFY(waiting.hasEnded());
    QVERIFY(waiting.outcome->has_value());
    QVERIFY(QTest::qWaitFor([&] { return hoarders.front()->isClosed(); }, Patience));
}

void TestRedirectListener::aTakenPortIsSaidSo_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("by somebody at 127.0.0.1") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("by somebody at ::1, who would be handed our redirect") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestRedirectListener::aTakenPortIsSaidSo()
{
    QFETCH(QHostAddress, address);
    QTcpServer other;
    if (!other.listen(address)) {
        QSKIP("this machine has no such address");
    }
    RedirectListener listener(State);
    const Result<void> listening = listener.listen(other.serverPort());
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, ErrorCode::BadInput);
    QVERIFY(listening.error().detail.contains(u"port %1"_s.arg(other.serverPort())) && listening.error().detail.contains(u"taken"_s));
    QVERIFY(!listener.isListening());
}

void TestRedirectListener::nobodyAnswers()
{
    Waiting waiting(std::chrono::milliseconds(1));
    QVERIFY(waiting.hasEnded());
    QCOMPARE(waiting.outcome->error().code, ErrorCode::TimedOut);
    QVERIFY(!waiting.listener.isListening());
}

void TestRedirectListener::cancelled()
{
    Waiting waiting;
    waiting.cancel.cancel();
    QVERIFY(waiting.hasEnded());
    QCOMPARE(waiting.outcome->error().code, ErrorCode::Cancelled);
    QVERIFY(!waiting.listener.isListening());
}

QTEST_GUILESS_MAIN(TestRedirectListener)
#include "tst_redirectlistener.moc"
