/**
 * What a look at a machine leaves out where nothing else is said, as globs.
 *
 * Source: the defaults of Prometheus' node_exporter (devices, file systems, mounts) and of
 * Telegraf's disk input; and network file systems, because a dead server would block the look.
 */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}

/** Loop, RAM, floppy and optical devices. */
export const usualSkippedDevices = words('loop* ram* zram* fd* sr*')

/** The loopback, and what containers and tunnels bring with them. */
export const usualSkippedInterfaces = words(`
  lo veth* docker* br-* virbr* ifb* dummy* cni* flannel* cali* tunl* sit* gre* gretap* erspan*
  ip6tnl* teql*
`)

/** Pseudo file systems, those of images and containers, and those of other machines. */
export const usualSkippedFilesystems = words(`
  aufs autofs binfmt_misc bpf cgroup* configfs debugfs devpts devtmpfs efivarfs erofs fusectl
  hugetlbfs iso9660 mqueue nsfs overlay proc pstore ramfs rootfs rpc_pipefs securityfs selinuxfs
  squashfs sysfs tmpfs tracefs
  9p ceph cifs fuse.* glusterfs nfs* smb* virtiofs
`)

/** Places of the system's own, of packages and of containers. */
export const usualSkippedMounts = words(`
  /dev/* /proc/* /sys/* /run/* /snap/* /var/lib/docker/* /var/lib/containers/* /var/lib/kubelet/*
  /etc/hosts /etc/hostname /etc/resolv.conf
`)
