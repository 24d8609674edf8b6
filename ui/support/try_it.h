// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/session.h"

#include <QObject>
#include <QTemporaryFile>

#include <memory>

namespace swb::ui {

/// The demonstration for a newcomer: an echo peer and a slow peer on loopback, a buffer sent to the
/// one, a file to the other, so that a call that finishes at once and one that stays pending stand
/// side by side.
///
/// **Threads** GUI thread. **Lifetime** the session must outlive it; its temporary file stays until
/// it goes.
class TryIt : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kFileBytes = 16 * 1024 * 1024;
    static constexpr quint64 kSlowBytesPerSecond = 4 * 1024 * 1024;

    explicit TryIt(Session& session, QObject* parent = nullptr);

    /// Does nothing while an earlier start has not sent yet.
    void start();
    bool running() const { return m_running; }

signals:
    /// Both calls have returned: what they answered, in two lines of rich text.
    void explained(const QString& richText);
    /// It could not be done: `message` is whole sentences.
    void failed(const QString& message);

private:
    struct Leg {
        std::uint32_t peer = 0;
        std::uint32_t client = 0;
    };

    bool startLeg(Leg& leg, peers::PeerKind kind);
    void proceed();
    void sendLeg(Leg& leg, workbench::QueueItem item);
    bool makeFile();
    QString sentence(const Leg& leg) const;
    void giveUp(const QString& message);

    Session& m_session;
    Leg m_echo;
    Leg m_slow;
    std::unique_ptr<QTemporaryFile> m_file;
    bool m_running = false;
};

} // namespace swb::ui
