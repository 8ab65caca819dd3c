// Package winhost is the Windows that the program runs on; on other systems it is empty.
package winhost
