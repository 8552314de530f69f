#include "client.h"

#include <QEventLoop>
#include <QTimer>
#include <QUrlQuery>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

QNetworkRequest Client::request(const QString &pathAndQuery) const
{
    QNetworkRequest request(QUrl(m_base.toString() + pathAndQuery));
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    if (!m_token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + m_token);
    return request;
}

Client::Reply Client::wait(QNetworkReply *reply, int giveUpMs)
{
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    QTimer::singleShot(giveUpMs, reply, &QNetworkReply::abort);
    if (!reply->isFinished())
        loop.exec();
    Reply result;
    result.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    result.error = reply->error();
    if (reply->isOpen())
        result.body = reply->readAll();
    for (const auto &[name, value] : reply->rawHeaderPairs())
        result.headers.insert(name.toLower(), value);
    if (auto parsed = Json::parse({result.body.constData(), static_cast<size_t>(result.body.size())}))
        result.json = std::make_shared<Json::Document>(std::move(*parsed));
    delete reply;
    return result;
}

Client::Reply Client::token(const QByteArray &basic, const QByteArray &form, const QByteArray &contentType)
{
    QNetworkRequest request(QUrl(m_base.toString() + u"/oauth/token"_s));
    request.setHeader(QNetworkRequest::ContentTypeHeader, contentType);
    if (!basic.isEmpty())
        request.setRawHeader("Authorization", "Basic " + basic.toBase64());
    return wait(m_network.post(request, form));
}

bool Client::signIn(const QString &client, const QString &secret)
{
    const Reply reply = token((client + u':' + secret).toUtf8(), "grant_type=client_credentials");
    m_token = reply.root()["access_token"].toQString().toLatin1();
    return reply.status == 200 && !m_token.isEmpty();
}

Client::Reply Client::get(const QString &pathAndQuery)
{
    return wait(m_network.get(request(pathAndQuery)));
}

Client::Reply Client::getOrGiveUp(const QString &pathAndQuery, int ms)
{
    return wait(m_network.get(request(pathAndQuery)), ms);
}

Client::Reply Client::post(const QString &pathAndQuery, const QByteArray &body)
{
    QNetworkRequest posted = request(pathAndQuery);
    posted.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    return wait(m_network.post(posted, body));
}

Client::Reply Client::send(const QByteArray &method, const QString &pathAndQuery, const QByteArray &body)
{
    return wait(m_network.sendCustomRequest(request(pathAndQuery), method, body));
}

QList<Json::Value> Client::all(const QString &path, const QString &query, int pageSize)
{
    QList<Json::Value> items;
    QString next = path + u"?pageSize=%1"_s.arg(pageSize) + (query.isEmpty() ? QString() : u'&' + query);
    const QString first = next;
    while (!next.isEmpty()) {
        const Reply reply = get(next);
        if (reply.status != 200 || !reply.json)
            return {};
        m_pages.push_back(reply.json);
        for (const Json::Value item : reply.root()["entities"].items())
            items.append(item);
        next = reply.root()["nextUri"].toQString();
        const QString cursor = reply.root()["cursor"].toQString();
        if (!cursor.isEmpty())
            next = first + u"&cursor="_s + cursor;
    }
    return items;
}
