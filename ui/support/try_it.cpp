// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/try_it.h"

#include "ui/support/format.h"

#include <QDir>

namespace swb::ui {

using workbench::ConnectionState;
using workbench::QueueItem;

TryIt::TryIt(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
{
    connect(&m_session, &Session::refreshed, this, &TryIt::proceed);
}

void TryIt::start()
{
    if (m_running)
        return;
    m_echo = {};
    m_slow = {};
    if (!makeFile()) {
        giveUp(tr("The example needs a temporary file of 16 MiB in %1, which could not be written: "
                  "%2. Free some space there.")
                   .arg(QDir::tempPath(), m_file->errorString()));
        return;
    }
    m_running = true;
    if (!startLeg(m_echo, peers::PeerKind::Echo) || !startLeg(m_slow, peers::PeerKind::Slow))
        return;
    proceed();
}

bool TryIt::startLeg(Leg& leg, peers::PeerKind kind)
{
    peers::PeerOptions options;
    options.kind = kind;
    options.listen = Address{Transport::Tcp, EndPoint::ip("127.0.0.1", 0)};
    options.bytesPerSecond = kSlowBytesPerSecond;
    leg.peer = m_session.addDemoPeer(options);
    const auto* node = m_session.connections().node(leg.peer);
    if (!node || !node->listening) {
        giveUp(node && node->problem ? QString::fromStdString(node->problem->toString())
                                     : tr("The demo peer could not be started."));
        return false;
    }
    leg.client = m_session.addClient(node->address);
    return true;
}

void TryIt::proceed()
{
    if (!m_running)
        return;
    for (Leg* leg : {&m_echo, &m_slow}) {
        const auto* node = m_session.connections().node(leg->client);
        if (leg->client == 0)
            return;
        if (!node || node->connection.state == ConnectionState::Failed) {
            giveUp(node && node->connection.problem
                    ? QString::fromStdString(node->connection.problem->toString())
                    : tr("The example was stopped."));
            return;
        }
        if (node->connection.state != ConnectionState::Connected)
            return;
    }
    // Sending refreshes the session, which would come here again.
    m_running = false;
    sendLeg(m_echo, QueueItem::text("Hello\\n"));
    sendLeg(m_slow, QueueItem::file(m_file->fileName().toStdString()));
    m_session.setCurrent(m_slow.client);
    emit explained(QStringLiteral("%1<br>%2").arg(sentence(m_echo), sentence(m_slow)));
}

void TryIt::sendLeg(Leg& leg, QueueItem item)
{
    QueueModel* queue = m_session.queue(leg.client);
    queue->add(queue->size(), {std::move(item)});
    m_session.send(leg.client, {queue->size() - 1});
}

QString TryIt::sentence(const Leg& leg) const
{
    const QueueEntry& entry = m_session.queue(leg.client)->entry(0);
    const QString call = entry.item.isFile()
        ? tr("The file of %1 to the slow peer: SendPacketsAsync")
              .arg(sizeText(static_cast<std::uint64_t>(kFileBytes)))
        : tr("\u201cHello\\n\u201d to the echo peer: SendAsync");
    if (entry.outcome && entry.outcome->ticket.problem)
        return tr("%1 failed. %2")
            .arg(call, problemLine(*entry.outcome->ticket.problem).toHtmlEscaped());
    if (entry.outcome && entry.outcome->ticket.pending)
        return tr("%1 <b>returned true</b>: it is pending, Completed will come on a worker thread.")
            .arg(call);
    return tr("%1 <b>returned false</b>: it has finished now, and no event comes.").arg(call);
}

bool TryIt::makeFile()
{
    if (m_file && m_file->size() == kFileBytes)
        return true;
    m_file
        = std::make_unique<QTemporaryFile>(QDir::tempPath() + QStringLiteral("/try-it-XXXXXX.bin"));
    if (!m_file->open())
        return false;
    constexpr qint64 kBlock = 1024 * 1024;
    QByteArray block(kBlock, Qt::Uninitialized);
    for (qint64 i = 0; i < kBlock; ++i)
        block[i] = static_cast<char>(i % 251);
    for (qint64 written = 0; written < kFileBytes; written += kBlock) {
        if (m_file->write(block) != kBlock)
            return false;
    }
    return m_file->flush();
}

void TryIt::giveUp(const QString& message)
{
    m_running = false;
    emit failed(message);
}

} // namespace swb::ui
