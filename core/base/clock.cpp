#include "base/clock.h"

#include <QCoroTimer>
#include <QTimeZone>
#include <QTimer>

namespace Orgtrace {

Clock::~Clock() = default;

QDateTime SystemClock::nowUtc() const
{
    return QDateTime::currentDateTimeUtc();
}

std::chrono::milliseconds SystemClock::monotonic() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

QCoro::Task<void> SystemClock::sleepFor(std::chrono::milliseconds duration)
{
    QTimer timer;
    timer.setSingleShot(true);
    timer.setTimerType(Qt::PreciseTimer);
    timer.start(std::max(duration, std::chrono::milliseconds(0)));
    co_await timer;
}

ManualClock::ManualClock(QDateTime startUtc) : m_nowUtc(std::move(startUtc)) { }

QDateTime ManualClock::nowUtc() const
{
    return m_nowUtc;
}

std::chrono::milliseconds ManualClock::monotonic() const
{
    return m_monotonic;
}

QCoro::Task<void> ManualClock::sleepFor(std::chrono::milliseconds duration)
{
    advance(duration);
    m_slept += duration;
    m_sleeps.append(duration.count());
    // Through the event loop once, as a real wait would go.
    QTimer timer;
    timer.setSingleShot(true);
    timer.start(0);
    co_await timer;
}

void ManualClock::advance(std::chrono::milliseconds duration)
{
    m_nowUtc = m_nowUtc.addMSecs(duration.count());
    m_monotonic += duration;
}

void ManualClock::setNowUtc(const QDateTime &nowUtc)
{
    const auto step = std::chrono::milliseconds(m_nowUtc.msecsTo(nowUtc));
    m_nowUtc = nowUtc;
    m_monotonic += std::max(step, std::chrono::milliseconds(0));
}

QString isoUtc(const QDateTime &time)
{
    const QDateTime utc = time.toUTC();
    return utc.time().msec() == 0 ? utc.toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss")) + u'Z'
                                  : utc.toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz")) + u'Z';
}

QDateTime parseIsoUtc(const QString &text)
{
    if (text.size() == 10) {
        const QDate date = QDate::fromString(text, QStringLiteral("yyyy-MM-dd"));
        return date.isValid() ? QDateTime(date, QTime(0, 0), QTimeZone::UTC) : QDateTime();
    }
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid() || time.timeSpec() == Qt::LocalTime) {
        return {};
    }
    return time.toUTC();
}

} // namespace Orgtrace
